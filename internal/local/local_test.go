package local

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestServe: only a browser of this machine gets a page, by the address that was printed, and it can only read.
func TestServe(t *testing.T) {
	h := localOnly("127.0.0.1:8080", pagesHandler(map[string][]byte{"/": []byte("index"),
		"/neuron.html": []byte("a neuron")}))
	for _, c := range []struct {
		name                       string
		method, path, host, origin string
		code                       int
	}{
		{"the index", "GET", "/", "127.0.0.1:8080", "", 200},
		{"the index by its name", "GET", "/index.html", "127.0.0.1:8080", "", 200},
		{"a page", "GET", "/neuron.html", "localhost:8080", "", 200},
		{"a page, from a page of ours", "GET", "/neuron.html", "127.0.0.1:8080", "http://127.0.0.1:8080", 200},
		{"a page with the index after it", "GET", "/neuron.htmlindex.html", "127.0.0.1:8080", "", 404},
		{"what is not there", "GET", "/../secret", "127.0.0.1:8080", "", 404},
		{"a name that points to this machine", "GET", "/", "evil.example:8080", "", 403},
		{"another port", "GET", "/", "127.0.0.1:9090", "", 403},
		{"no host", "GET", "/", "", "", 403},
		{"a page of another site", "GET", "/", "127.0.0.1:8080", "https://evil.example", 403},
		{"a file of the disk", "GET", "/", "127.0.0.1:8080", "null", 403},
		{"another server of this machine", "GET", "/", "127.0.0.1:8080", "http://127.0.0.1:9090", 403},
		{"a change", "POST", "/", "127.0.0.1:8080", "http://127.0.0.1:8080", 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "http://127.0.0.1:8080"+c.path, nil)
			r.Host = c.host
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.code {
				t.Errorf("code %d, want %d: %s", w.Code, c.code, w.Body)
			}
			if w.Code == http.StatusOK && w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Error("the kind of the page is left to be guessed")
			}
		})
	}
}

func TestBrowserOf(t *testing.T) {
	for system, want := range map[string]string{"windows": "rundll32", "darwin": "open", "linux": "xdg-open",
		"freebsd": "xdg-open"} {
		if got, _ := browserOf(system); got != want {
			t.Errorf("%s: %s, want %s", system, got, want)
		}
	}
}
