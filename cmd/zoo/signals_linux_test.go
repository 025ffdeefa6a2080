package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
)

// started is the command as a process of its own.
func started(t *testing.T, env []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	var stderr bytes.Buffer
	c := exec.Command(os.Args[0], args...)
	c.Env = append(append(os.Environ(), "ZOO_TEST_COMMAND=1"), env...)
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, &stderr
}

// TestSignals: every signal to end ends training with what there is and a long evaluation at once, and none shows a
// trace.
func TestSignals(t *testing.T) {
	dir := t.TempDir()
	for _, row := range []struct {
		name   string
		signal syscall.Signal
		env    []string
		code   int
		saved  bool
		want   string
	}{
		{"Ctrl-C", syscall.SIGINT, nil, 130, true, "saved what there is to "},
		{"a request to end", syscall.SIGTERM, nil, 130, true, "saved what there is to "},
		{"the end of the terminal", syscall.SIGHUP, nil, 130, true, "saved what there is to "},
		{"quit", syscall.SIGQUIT, nil, 130, false, "zoo: quit by a signal"},
		{"quit, and a trace asked for", syscall.SIGQUIT, []string{"GOTRACEBACK=all"}, 2, false, "goroutine "},
	} {
		t.Run(row.name, func(t *testing.T) {
			if signal.Ignored(row.signal) {
				t.Skip("the tests were started to ignore it, as nohup does, and what they start does too")
			}
			weights := filepath.Join(dir, fmt.Sprint(int(row.signal), len(row.env)))
			c, stderr := started(t, row.env, "train", "lenet5", "--epochs", "1000", "-o", weights)
			time.Sleep(1500 * time.Millisecond)
			c.Process.Signal(row.signal)
			start := time.Now()
			c.Wait()
			_, err := os.Stat(weights)
			traced := strings.Contains(stderr.String(), "goroutine ")
			if c.ProcessState.ExitCode() != row.code || !strings.Contains(stderr.String(), row.want) ||
				(err == nil) != row.saved ||
				traced != (len(row.env) > 0) || time.Since(start) > 10*time.Second {
				t.Errorf("%v after %v, saved %v: %.500s", c.ProcessState, time.Since(start), err == nil, stderr)
			}
		})
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// TestIgnoredSignal: what nohup ignores stays ignored.
func TestIgnoredSignal(t *testing.T) {
	weights := filepath.Join(t.TempDir(), "w")
	c := exec.Command("sh", "-c", `trap "" HUP; exec "$0" train mlp --steps 400 -o "$1"`, os.Args[0], weights)
	c.Env = append(os.Environ(), "ZOO_TEST_COMMAND=1")
	if err := c.Start(); err != nil {
		t.Skip(err)
	}
	time.Sleep(200 * time.Millisecond)
	c.Process.Signal(syscall.SIGHUP)
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
}

// TestBrokenPipe: standard output that is closed, full or cannot be written is a failure of one line.
func TestBrokenPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	readOnly, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	for want, f := range map[string]*os.File{"broken pipe": w, "no space left on device": full,
		"bad file descriptor": readOnly} {
		var stderr bytes.Buffer
		c := exec.Command(os.Args[0], "list")
		c.Env, c.Stdout, c.Stderr = append(os.Environ(), "ZOO_TEST_COMMAND=1"), f, &stderr
		if c.Run(); c.ProcessState.ExitCode() != 1 || stderr.String() != "zoo: standard output: "+want+"\n" {
			t.Errorf("%v: %s, want %s", c.ProcessState, &stderr, want)
		}
	}
}

// openTerminal returns both ends of a pseudo-terminal of 100 columns.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there is no pseudo-terminal: %v", err)
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 100})
	}
	if err != nil {
		t.Skipf("a pseudo-terminal cannot be opened: %v", err)
	}
	t.Cleanup(func() { master.Close(); slave.Close() })
	return master, slave
}

// TestProgressOnTerminal trains in this process under a pseudo-terminal, so that the race detector sees the bar: it
// moves, gives way to a line for each epoch, and leaves none behind, to the end and when training is interrupted.
func TestProgressOnTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	for _, interrupt := range []bool{false, true} {
		master, slave := openTerminal(t)
		seen := make(chan string, 1)
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			all, part := "", make([]byte, 4096)
			for {
				n, err := master.Read(part)
				if err != nil { // as the closed end gives
					seen <- all
					return
				}
				all += string(part[:n])
				if interrupt && strings.Contains(all, "━") {
					cancel()
				}
			}
		}()
		var stdout bytes.Buffer
		code := run(ctx, []string{"train", "lenet5", "--epochs", "2", "--batch", "16"}, &stdout, slave)
		cancel()
		slave.Close()
		text := <-seen
		if want := map[bool]int{false: 0, true: 130}[interrupt]; code != want {
			t.Errorf("exit %d, want %d: %q", code, want, text)
		}
		if !strings.Contains(text, "━") || !strings.Contains(text, " loss ") {
			t.Errorf("there is no bar: %q", text)
		}
		if !interrupt && (!strings.Contains(text, "epoch 1/2  625 steps") ||
			!strings.Contains(text, "epoch 2/2  625 steps")) {
			t.Errorf("there is no line for each epoch: %q", text)
		}
	}
}

// TestInterruptedAtOnce: a verb that looks at no context is left as soon as the context ends, with exit 130.
func TestInterruptedAtOnce(t *testing.T) {
	dir := t.TempDir()
	weights := mlpFile(t, dir, "w", nil)
	for _, args := range [][]string{{"eval", "mlp", "--weights", weights},
		{"predict", "mlp", "--weights", weights, dir + "/x.png"}} {
		ctx, cancel := context.WithCancel(context.Background())
		a := &app{&cli.App{Ctx: ctx, Stdout: &cli.Sink{W: io.Discard}, Stderr: &cli.Sink{W: io.Discard}}}
		cancel()
		done := make(chan error, 1)
		block := make(chan bool)
		go func() {
			_, err := cli.AtOnce(a.App, func() (int, error) { <-block; return 0, nil })
			done <- err
		}()
		select {
		case err := <-done:
			if cli.ExitCode(err) != cli.ExitInterrupted {
				t.Errorf("%v: got %v", args[0], err)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%v waits", args[0])
		}
		close(block)
	}
	c, stderr := started(t, nil, "bench", "gpt", "--seconds", "1000")
	time.Sleep(2 * time.Second)
	c.Process.Signal(syscall.SIGINT)
	start := time.Now()
	c.Wait()
	if took := time.Since(start); c.ProcessState.ExitCode() != cli.ExitInterrupted || took > 2*time.Second {
		t.Errorf("%v after %v: %s", c.ProcessState, took, stderr)
	}
}
