package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/elastic/estest"
)

// smallDisk is a directory with a file system of its own, of a few bytes. Only root
// can have one; REQUIRE_MOUNT=1 makes it a failure that there is none.
func smallDisk(t *testing.T, bytes int) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "broadsheet-disk-") // t's own nobody else may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0777", bytes)); err != nil {
		say := fmt.Sprintf("NO SMALL DISK, NOT TESTED: cannot mount a tmpfs: %v. Run as root", err)
		if os.Getenv("REQUIRE_MOUNT") != "" {
			t.Fatal(say)
		}
		fmt.Fprintln(os.Stderr, say)
		t.Skip(say)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all the space of a disk but so many bytes, until free is called.
func fill(t *testing.T, dir string, but int64) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<16)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err == nil {
		err = f.Truncate(max(0, info.Size()-but))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return func() { _ = os.Remove(path) }
}

// put uploads a page over HTTP.
func (d *deployment) put(key newspaper.PageKey, text []byte) (int, string) {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodPut, "http://"+d.Service("ingest").Address+"/v1/pages/"+key.String(), bytes.NewReader(text))
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "text/plain")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	answer, err := client.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// The disk of nats-server fills up. Uploads are refused, with what to do; once there
// is room and the server was started again, everything that was acknowledged is
// there, and what was refused can be sent again.
func TestFullDiskOfNATS(t *testing.T) {
	disk := smallDisk(t, 64<<20)
	d := start(t, Options{NATSStore: filepath.Join(disk, "store")})
	uploader := d.as("uploader")
	pages := 0
	for ; pages < 3; pages++ {
		key, text := numbered(t, pages)
		if err := uploader.Upload(t.Context(), key, text, nil); err != nil {
			t.Fatal(err)
		}
	}
	d.settled(pages)
	free := fill(t, disk, 20<<10)
	refused := []int{} // and perhaps written all the same
	for len(refused) == 0 && pages < 200 {
		key, text := numbered(t, pages)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		err := uploader.Upload(ctx, key, text, nil)
		cancel()
		if err != nil {
			refused = append(refused, pages)
			if p := fault.ProblemOf(err); p.Kind != fault.Unavailable || !strings.Contains(p.Remedy, "disk is full") {
				t.Errorf("an upload over NATS is refused with: %+v", p)
			}
		}
		pages++
	}
	if len(refused) == 0 {
		t.Fatal("the disk does not fill up")
	}
	key, text := numbered(t, pages)
	if status, body := d.put(key, text); status != http.StatusServiceUnavailable || !strings.Contains(body, "disk is full") {
		t.Errorf("an upload over HTTP is answered with: %d %s", status, body)
	}
	refused = append(refused, pages)
	pages++
	free()
	_ = d.NATS.End(syscall.SIGTERM)
	if err := d.NATS.Start(); err != nil {
		t.Fatal(err)
	}
	for _, n := range refused {
		key, text := numbered(t, n)
		d.eventually("a refused page is taken", func() bool { status, _ := d.put(key, text); return status/100 == 2 })
	}
	d.settled(pages)
	if n := letters(t, d.as("console")); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}

// The disk of Elasticsearch fills up, and it makes the index read-only. Indexing
// waits, with what to do, and goes on by itself once there is room.
func TestFullDiskOfElasticsearch(t *testing.T) {
	disk := smallDisk(t, 256<<20)
	data := filepath.Join(disk, "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	node := estest.OnDisk(t, data)
	d := start(t, Options{Elasticsearch: &Elasticsearch{URL: node.URL, Username: node.Username, Password: node.Password, Prefix: "small"}})
	uploader := d.as("uploader")
	upload := func(from, to int) {
		for n := from; n < to; n++ {
			key, text := numbered(t, n)
			if err := uploader.Upload(t.Context(), key, text, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	upload(0, 3)
	d.settled(3)
	free := fill(t, disk, 30<<20)
	d.eventually("Elasticsearch makes the index read-only", func() bool {
		return strings.Contains(string(node.Do(t, http.MethodGet, "/_all/_settings/index.blocks.*", "")), `"read_only_allow_delete":"true"`)
	})
	upload(3, 10)
	d.says("index", "read-only", "disk is full", "make room")
	free()
	d.settled(10)
	if n := letters(t, d.as("console")); n != 0 {
		t.Errorf("%d dead letters", n)
	}
	d.quiet()
}
