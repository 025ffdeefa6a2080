// Package local shows pages to this machine alone: [Listen] takes loopback addresses, [Serve] answers the browser of
// this machine, and [Browse] starts it.
//
//	l, err := local.Listen("127.0.0.1:0")
//	...
//	err = local.Serve(ctx, l, map[string][]byte{"/": page})
package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// AddressError is the error of an address that is none, or that others could reach.
type AddressError struct{ error }

func refusedf(format string, args ...any) error { return AddressError{fmt.Errorf(format, args...)} }

// Listen listens at a loopback address: 127.0.0.1, ::1 or localhost, with a port. Another is an [AddressError].
func Listen(addr string) (net.Listener, error) {
	const such = "want an address such as 127.0.0.1:8080"
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		var bad *net.AddrError
		if errors.As(err, &bad) {
			return nil, refusedf("%s: %s; %s", addr, bad.Err, such)
		}
		return nil, refusedf("%s: %v; %s", addr, err, such)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return nil, refusedf("%s: the port is %q, want 0 to 65535; %s", addr, port, such)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, refusedf("%s: others could reach it; want a loopback address, such as 127.0.0.1:8080", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", addr, err)
	}
	if ip, ok := l.Addr().(*net.TCPAddr); !ok || !ip.IP.IsLoopback() { // what localhost is, a file of the machine says
		l.Close()
		return nil, refusedf("%s is %s, which others could reach; want 127.0.0.1 with a port", addr, l.Addr())
	}
	return l, nil
}

// Serve shows pages by their paths, "/" for the first, until the context ends, whose error it then returns.
func Serve(ctx context.Context, l net.Listener, pages map[string][]byte) error {
	server := &http.Server{Handler: localOnly(l.Addr().String(), pagesHandler(pages)),
		ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return ctx.Err()
}

// localOnly lets through what a browser of this machine asks for by the address at. A page of another site that sends
// requests here has its own name as Origin, and, if its name was made to point to this machine, as Host.
func localOnly(at string, next http.Handler) http.Handler {
	_, port, _ := net.SplitHostPort(at)
	own := func(host string) bool {
		return host == at || host == "localhost:"+port || host == "127.0.0.1:"+port || host == "[::1]:"+port
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin, good := r.Header.Get("Origin"), true
		if origin != "" {
			u, err := url.Parse(origin)
			good = err == nil && u.Scheme == "http" && own(u.Host)
		}
		if !own(r.Host) || !good {
			http.Error(w, "refused: these pages are for the browser of this machine, by the address that zoo has "+
				"printed",
				http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// pagesHandler serves pages by their paths, to be read only.
func pagesHandler(pages map[string][]byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if path == "/index.html" {
			path = "/"
		}
		page, ok := pages[path]
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		case !ok:
			http.NotFound(w, r)
		default:
			h := w.Header()
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("X-Frame-Options", "DENY")
			w.Write(page)
		}
	})
}

// Browse shows a page, a file or an address, in the user's browser.
func Browse(page string) error {
	if !strings.HasPrefix(page, "http://") {
		path, err := filepath.Abs(page)
		if err != nil {
			return err
		}
		path = filepath.ToSlash(path)
		if !strings.HasPrefix(path, "/") { // C:/…
			path = "/" + path
		}
		page = (&url.URL{Scheme: "file", Path: path}).String()
	}
	name, args := browserOf(runtime.GOOS)
	c := exec.Command(name, append(args, page)...)
	if err := c.Start(); err != nil {
		return fmt.Errorf("%w; open %s yourself", err, page)
	}
	go c.Wait()
	return nil
}

// browserOf is the program of a system that opens an address.
func browserOf(system string) (name string, args []string) {
	switch system {
	case "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler"}
	case "darwin":
		return "open", nil
	}
	return "xdg-open", nil
}
