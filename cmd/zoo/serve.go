// This file holds what shows pages: a server for this machine alone, and the start of its browser.

package main

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

// serveLessons shows all lessons at an address of this machine until it is interrupted.
func (a *app) serveLessons(f lessonFlags) error {
	listener, err := listenLocally(f.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	pages, err := lessonPages(f.lang)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: localOnly(listener.Addr().String(), pagesHandler(pages)),
		ReadHeaderTimeout: 10 * time.Second}
	at := "http://" + listener.Addr().String() + "/"
	fmt.Fprintln(a.stdout, at)
	a.logf("showing the lessons at %s to this machine alone; interrupt to end", at)
	if f.open {
		if err := a.browse(at); err != nil {
			a.logf("%v", err)
		}
	}
	stop := context.AfterFunc(a.ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return a.ctx.Err()
}

// listenLocally listens at a loopback address: 127.0.0.1, ::1 or localhost, with a port.
func listenLocally(addr string) (net.Listener, error) {
	const such = "want an address such as 127.0.0.1:8080"
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		var bad *net.AddrError
		if errors.As(err, &bad) {
			return nil, usagef("--addr %s: %s; %s", addr, bad.Err, such)
		}
		return nil, usagef("--addr %s: %v; %s", addr, err, such)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return nil, usagef("--addr %s: the port is %q, want 0 to 65535; %s", addr, port, such)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usagef("--addr %s: others could reach it; want a loopback address, such as 127.0.0.1:8080", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("--addr %s: %w", addr, err)
	}
	if ip, ok := l.Addr().(*net.TCPAddr); !ok || !ip.IP.IsLoopback() { // what localhost is, a file of the machine says
		l.Close()
		return nil, usagef("--addr %s is %s, which others could reach; want 127.0.0.1 with a port", addr, l.Addr())
	}
	return l, nil
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

// browse shows a page, a file or an address, in the user's browser.
func (a *app) browse(page string) error {
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
		return fmt.Errorf("--open: %w; open %s yourself", err, page)
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
