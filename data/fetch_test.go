package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFetch: a download is whole, taken up where it ended, checked, and refused with a reason.
func TestFetch(t *testing.T) {
	content := []byte(strings.Repeat("stheno", 1000))
	sum := sha256.Sum256(content)
	var ranges []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ranges = append(ranges, r.Header.Get("Range"))
		http.ServeContent(w, r, "f", time.Time{}, strings.NewReader(string(content)))
	}))
	defer server.Close()
	source := Remote{Mirrors: []string{server.URL + "/"}, Files: map[string]string{"f": hex.EncodeToString(sum[:])}}
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path+".part", content[:2500], 0o644); err != nil {
		t.Fatal(err)
	}
	if err := source.Fetch(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != string(content) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	if err := source.Fetch(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	if len(ranges) != 1 || ranges[0] != "bytes=2500-" {
		t.Errorf("requests %q, want one from byte 2500 on", ranges)
	}
	source.Files["f"] = strings.Repeat("0", 64)
	err := source.Fetch(context.Background(), dir)
	if !errors.Is(err, ErrDamaged) ||
		!strings.Contains(err.Error(), "SHA-256 is "+hex.EncodeToString(sum[:])+", want 000") {
		t.Errorf("a wrong sum: got %v", err)
	}
	if _, err := os.Stat(path + ".part"); !errors.Is(err, os.ErrNotExist) {
		t.Error("a wrong download stays")
	}
	server.Close()
	source.Files = map[string]string{"g": "0"}
	if err := source.Fetch(context.Background(), dir); err == nil ||
		!strings.HasPrefix(err.Error(), "g could not be downloaded: ") {
		t.Errorf("offline: got %v", err)
	}
}
