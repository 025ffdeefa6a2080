// This file holds FetchMNIST, which downloads the files of MNIST once.

package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/internal/files"
)

// Remote says where a data set can be had.
type Remote struct {
	Mirrors []string          // addresses that file names are appended to, tried in order
	Files   map[string]string // SHA-256 by file name
	Log     func(format string, args ...any)
	Client  *http.Client // nil for http.DefaultClient
}

// mnistRemote lists public mirrors of the gzipped files of MNIST.
func mnistRemote() Remote {
	return Remote{
		Mirrors: []string{
			"https://storage.googleapis.com/cvdf-datasets/mnist/",
			"https://ossci-datasets.s3.amazonaws.com/mnist/",
		},
		Files: map[string]string{
			trainImages + ".gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
			trainLabels + ".gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
			testImages + ".gz":  "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
			testLabels + ".gz":  "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
		},
	}
}

// FetchMNIST returns MNIST from the user's cache folder, after downloading what is not there yet. Each
// file is checked by its SHA-256; a download that broke off is taken up where it ended. log, which may be
// nil, is told of each download.
func FetchMNIST(ctx context.Context, log func(format string, args ...any)) (Images, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return Images{}, fmt.Errorf("mnist: there is no cache folder; give a folder with the files instead: %w", err)
	}
	dir := filepath.Join(cache, "stheno", "mnist")
	s := mnistRemote()
	s.Log = log
	if err := s.Fetch(ctx, dir); err != nil {
		return Images{}, fmt.Errorf("mnist: %w; give a folder with the four IDX files instead (--data DIR)", err)
	}
	return MNIST(dir)
}

// Fetch downloads the files that dir does not hold whole.
func (s Remote) Fetch(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range sortedNames(s.Files) {
		path := filepath.Join(dir, name)
		if sum, err := fileSum(path); err == nil && sum == s.Files[name] {
			continue
		}
		if err := s.file(ctx, path, name); err != nil {
			return err
		}
	}
	return nil
}

func sortedNames(m map[string]string) []string {
	var names []string
	for n := range m {
		i := len(names)
		for i > 0 && names[i-1] > n {
			i--
		}
		names = append(names[:i], append([]string{n}, names[i:]...)...)
	}
	return names
}

// file downloads one file from the first mirror that has it.
func (s Remote) file(ctx context.Context, path, name string) error {
	var failures []error
	for _, m := range s.Mirrors {
		if s.Log != nil {
			s.Log("downloading %s%s", m, name)
		}
		err := s.download(ctx, m+name, path+".part")
		if err == nil {
			err = s.accept(path, name)
		}
		if err == nil {
			return nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return fmt.Errorf("%s could not be downloaded: %w", name, errors.Join(failures...))
}

// maxDownload bounds a file, whatever a server sends.
const maxDownload = 256 << 20

// download appends to part what it lacks.
func (s Remote) download(ctx context.Context, url, part string) (err error) {
	if info, err := os.Stat(part); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w (%s)", part, files.ErrNotRegular, files.Kind(info.Mode()))
	}
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Sync(), f.Close()) }()
	have, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	client := s.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusPartialContent:
	case http.StatusRequestedRangeNotSatisfiable: // there is nothing beyond what is here
		return nil
	case http.StatusOK:
		if err := f.Truncate(0); err != nil {
			return err
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	n, err := io.Copy(f, io.LimitReader(resp.Body, maxDownload+1))
	if err == nil && n > maxDownload {
		return fmt.Errorf("%s: more than %d bytes", url, maxDownload)
	}
	return err
}

// accept checks the sum of a finished download and gives it its name; a wrong one is removed.
func (s Remote) accept(path, name string) error {
	sum, err := fileSum(path + ".part")
	if err != nil {
		return err
	}
	if sum != s.Files[name] {
		os.Remove(path + ".part")
		return read.Damaged(path, 0, "SHA-256 is %s, want %s; the download is removed", sum, s.Files[name])
	}
	return os.Rename(path+".part", path)
}

func fileSum(path string) (string, error) {
	f, _, err := files.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
