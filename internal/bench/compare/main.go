// Command compare times the workloads in zoo and in another framework, turn by turn in one run, and prints the ratios.
//
//	go run ./internal/bench/compare -peer 'python3 torch_bench.py best' [-rounds 3] [-seconds 3] [NAME...]
//
// The peer is a command that takes the name of a workload as its last argument, and prints for it a line of name,
// milliseconds a step, and whatever else. A workload that the peer does not know is left out. The geometric mean is of
// the ratios of the times, above 1 where zoo is faster.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/internal/bench"
)

func main() {
	peer := flag.String("peer", "",
		"command that times a workload in the other framework; words are separated by spaces")
	zoo := flag.String("zoo", "", "command of zoo; built from ./cmd/zoo without it")
	rounds := flag.Int("rounds", 3, "turns of each")
	seconds := flag.Float64("seconds", 3, "time for a workload in zoo")
	flag.Parse()
	c := comparison{peer: strings.Fields(*peer), zoo: strings.Fields(*zoo), rounds: *rounds, seconds: *seconds}
	if err := c.main(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// comparison is one run.
type comparison struct {
	peer, zoo []string // commands
	rounds    int
	seconds   float64
}

func (c comparison) main(names []string) error {
	if len(c.peer) == 0 || c.rounds < 1 {
		return fmt.Errorf("-peer COMMAND and at least one round are needed")
	}
	if len(c.zoo) == 0 {
		dir, err := os.MkdirTemp("", "compare")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		c.zoo = []string{filepath.Join(dir, "zoo")}
		if _, err := output([]string{"go", "build", "-o", c.zoo[0], "./cmd/zoo"}); err != nil {
			return err
		}
	}
	workloads, err := chosen(names)
	if err != nil {
		return err
	}
	return c.run(os.Stdout, workloads)
}

// chosen returns the workloads that the names or parts of names stand for, all without any.
func chosen(names []string) ([]string, error) {
	if len(names) == 0 {
		names = []string{""}
	}
	var all []string
	for _, name := range names {
		found := bench.Find(name)
		if len(found) == 0 {
			return nil, fmt.Errorf("no workload is named %q", name)
		}
		for _, w := range found {
			if !slices.Contains(all, w.Name) {
				all = append(all, w.Name)
			}
		}
	}
	return all, nil
}

// run measures and prints a row for each workload: the median of its times and of its ratios, the smallest and the
// largest ratio.
func (c comparison) run(w io.Writer, workloads []string) error {
	fmt.Fprintf(w, "%-32s %10s %10s %8s  %s\n", "WORKLOAD", "ZOO MS", "PEER MS", "PEER/ZOO", "OVER ROUNDS")
	logs, n := 0.0, 0
	for _, name := range workloads {
		var ours, theirs, ratios []float64
		for range c.rounds {
			peer, err := c.peerTime(name)
			if err != nil {
				return err
			}
			if peer == 0 {
				break
			}
			zoo, err := c.zooTime(name)
			if err != nil {
				return err
			}
			ours, theirs, ratios = append(ours, zoo), append(theirs, peer), append(ratios, peer/zoo)
		}
		if len(ratios) == 0 {
			fmt.Fprintf(w, "%-32s the peer does not know it\n", name)
			continue
		}
		ratio := median(ratios)
		fmt.Fprintf(w, "%-32s %10.3f %10.3f %8.2f  %.2f … %.2f\n", name, median(ours), median(theirs), ratio,
			slices.Min(ratios), slices.Max(ratios))
		logs += math.Log(ratio)
		n++
	}
	if n > 0 {
		fmt.Fprintf(w, "geometric mean over %d workloads: %.2f\n", n, math.Exp(logs/float64(n)))
	}
	return nil
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// peerTime is the time of a step in milliseconds as the peer prints it, 0 if it prints none: it may end with an error
// for a name that it does not know.
func (c comparison) peerTime(name string) (float64, error) {
	out, err := output(append(slices.Clone(c.peer), name))
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == name {
			return positive(name, f[1])
		}
	}
	if err != nil && !strings.Contains(err.Error(), "no workload of that name") {
		return 0, err
	}
	return 0, nil
}

func positive(name, text string) (float64, error) {
	ms, err := strconv.ParseFloat(text, 64)
	if err != nil || !(ms > 0) {
		return 0, fmt.Errorf("%s: the peer's time is %q, want milliseconds", name, text)
	}
	return ms, nil
}

// zooTime is the time of a step in milliseconds.
func (c comparison) zooTime(name string) (float64, error) {
	out, err := output(append(slices.Clone(c.zoo), "bench", name, "--json", "--seconds", fmt.Sprint(c.seconds)))
	if err != nil {
		return 0, err
	}
	var results []struct {
		Name         string  `json:"name"`
		Milliseconds float64 `json:"ms_per_step"`
	}
	if err := json.Unmarshal([]byte(out), &results); err != nil {
		return 0, fmt.Errorf("%s: zoo bench: %w", name, err)
	}
	if len(results) != 1 || results[0].Name != name || !(results[0].Milliseconds > 0) {
		return 0, fmt.Errorf("%s: zoo bench gives %s", name, out)
	}
	return results[0].Milliseconds, nil
}

// output runs a command and returns what it prints; the error has the last line of what it says besides.
func output(command []string) (string, error) {
	var errs strings.Builder
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		said := strings.Split(strings.TrimSpace(errs.String()), "\n")
		err = fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, said[len(said)-1])
	}
	return string(out), err
}
