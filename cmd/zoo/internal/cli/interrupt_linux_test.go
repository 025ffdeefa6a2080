package cli

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSecondSignal: the second signal of any kind ends the process, but not one that comes with the first.
func TestSecondSignal(t *testing.T) {
	for apart, want := range map[time.Duration]string{0: "cancel exit", time.Hour: "cancel"} {
		signals, did := make(chan os.Signal, 2), []string{}
		signals <- syscall.SIGTERM
		signals <- syscall.SIGHUP
		close(signals)
		await(signals, apart, func() { did = append(did, "cancel") }, func() { did = append(did, "exit") })
		if got := strings.Join(did, " "); got != want {
			t.Errorf("%v apart: %s, want %s", apart, got, want)
		}
	}
}

// TestTellWait: what is waited for is told, unless it ends soon, or nobody has asked for the end.
func TestTellWait(t *testing.T) {
	told := make(chan bool, 3)
	tell := func() { told <- true }
	ctx, cancel := context.WithCancel(context.Background())
	quick, slow, never := TellWait(ctx, time.Hour, tell), TellWait(ctx, 0, tell), TellWait(t.Context(), 0, tell)
	cancel()
	select {
	case <-told:
	case <-time.After(10 * time.Second):
		t.Error("nothing is told")
	}
	quick()
	slow()
	never()
	if len(told) > 0 {
		t.Error("it is told twice")
	}
}
