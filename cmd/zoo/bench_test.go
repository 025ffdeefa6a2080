package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/recipe"
)

func TestBenchMistakes(t *testing.T) {
	for _, c := range []struct {
		name string
		args string
		want string
	}{
		{"an unknown name, nearest first", "bench lenet7",
			`zoo: unknown workload or model "lenet7"; known are lenet5, `},
		{"no rows", "bench mlp --batch 0", "zoo: --batch is 0, want 1 to 65536"},
		{"too many rows", "bench mlp --batch 100000", "zoo: --batch is 100000, want 1 to 65536"},
		{"no time", "bench mlp --seconds 0", "zoo: --seconds is 0, want a number above 0"},
		{"a time that is no number", "bench mlp --seconds NaN", "zoo: --seconds is NaN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := zooRun(strings.Fields(c.args)...)
			if code != cli.ExitUsage || !strings.HasPrefix(stderr, c.want) || strings.Count(stderr, "\n") != 1 ||
				stdout != "" {
				t.Errorf("exit %d, got %s%s, want %s", code, stdout, stderr, c.want)
			}
		})
	}
}

// TestBenchNames: a model stands before workloads that contain its name, a part of a name for all of them, and none
// twice.
func TestBenchNames(t *testing.T) {
	for args, want := range map[string]string{
		"lenet5":                 "lenet5",
		"lenet5_b64":             "lenet5_b64_sgd",
		"_adamw":                 "nanogpt_4x128_t64_b12_adamw gpt_6x384_t256_b8_adamw",
		"nanogpt mlp nanogpt_4x": "nanogpt_4x128_t64_b12_adamw mlp",
		"vae vae_784":            "vae vae_784_400_20_b128_adam",
		"infer_resnet18_b1 b1_":  "",
	} {
		all, err := benchFlags{}.workloads(strings.Fields(args))
		var got []string
		for _, w := range all {
			got = append(got, w.Name)
		}
		if strings.Join(got, " ") != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %v, error %v, want %s", args, got, err, want)
		}
	}
	if all, err := (benchFlags{}).workloads(nil); err != nil || len(all) < 9 {
		t.Errorf("without names there are %d workloads, error %v", len(all), err)
	}
}

func TestBenchJSON(t *testing.T) {
	code, stdout, stderr := zooRun("bench", "mlp", "lenet5_b64_sgd", "--batch", "2", "--seconds", "0.01",
		"--profile", "--json")
	var got []map[string]any
	if err := json.Unmarshal([]byte(stdout), &got); code != 0 || err != nil || len(got) != 2 {
		t.Fatalf("exit %d: %s %s %v", code, stdout, stderr, err)
	}
	for _, key := range []string{"name", "ms_per_step", "items_per_second", "allocs_per_step", "arena_bytes", "gflops",
		"peak_share",
		"p50", "p99", "max", "unplanned_bytes", "peak_gflops", "cpu", "threads", "seed", "ops", "instructions"} {
		if _, ok := got[1][key]; !ok {
			t.Errorf("the JSON has no %q", key)
		}
	}
	if got[0]["name"] != "mlp" || got[1]["name"] != "lenet5_b64_sgd" || got[1]["batch"] != 2.0 ||
		got[1]["mode"] != "train" || got[1]["peak_share"].(float64) <= 0 {
		t.Errorf("got %s", stdout)
	}
	share := 0.0
	for _, op := range got[1]["ops"].([]any) {
		share += op.(map[string]any)["share"].(float64)
	}
	if share < .999 || share > 1.001 {
		t.Errorf("the shares of the ops add up to %v", share)
	}
}

// TestBenchTable: every model can be timed, in training and forward; a row and a profile are shown.
func TestBenchTable(t *testing.T) {
	groups := map[string][]string{} // by the flags of their size
	for _, name := range recipe.Names() {
		size := strings.Join(tiny(t, name), " ")
		groups[size] = append(groups[size], name)
	}
	for size, names := range groups {
		benchTable(t, strings.Fields(size), names)
	}
}

func benchTable(t *testing.T, size, names []string) {
	t.Helper()
	for _, flag := range []string{"--infer", "--profile"} {
		args := []string{"bench", "--batch", "2", "--seconds", "0.001", flag}
		code, stdout, stderr := zooRun(slices.Concat(args, size, names)...)
		if code != 0 || !strings.Contains(stdout, "; seed 0\n") {
			t.Errorf("%s: exit %d: %s%s", flag, code, stdout, stderr)
		}
		for _, name := range names {
			if !strings.Contains(stdout, "\n"+name+" ") {
				t.Errorf("%s: there is no row of %s: %s", flag, name, stdout)
			}
		}
		if profiles := strings.Count(stdout, "by op, median of"); flag == "--profile" && profiles != len(names) ||
			flag != "--profile" && profiles > 0 {
			t.Errorf("%s: %d profiles: %s", flag, profiles, stdout)
		}
	}
}

func TestBenchInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	code := run(ctx, []string{"bench", "mlp"}, &out, &errs)
	if code != cli.ExitInterrupted || errs.String() != "zoo: bench of mlp was interrupted\n" {
		t.Errorf("exit %d: %s", code, &errs)
	}
}
