// Command keepcopy keeps a CSV file equal to what Broadsheet shows, through
// updates and withdrawals. It may be killed at any time: the file says itself how
// far it has come, and is replaced as a whole.
//
//	go run broadsheet/examples/go/keepcopy copy.csv
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strconv"

	"broadsheet/client"
	"broadsheet/examples/go/internal/connect"
)

// columns of the file. An article that was withdrawn keeps its row without its
// content, so that an older event that comes late is known to be older.
var columns = []string{"uri", "status", "version", "headline", "body", "sequence", "stream_sequence"}

// store is the copy.
type store struct {
	path     string
	rows     map[string][]string // by uri
	position uint64              // the stream sequence that is in the file
}

func open(path string) (*store, error) {
	s := &store{path: path, rows: map[string][]string{}}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, r := range records[1:] {
		position, err := strconv.ParseUint(r[6], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		s.rows[r[0]], s.position = r, max(s.position, position)
	}
	return s, nil
}

// apply takes events over and saves the file once for all of them.
func (s *store) apply(_ context.Context, batch []client.Event) error {
	for _, e := range batch {
		row := []string{e.URI(), "withdrawn", "", "", "", fmt.Sprintf("%020d", e.Sequence), strconv.FormatUint(e.StreamSequence, 10)}
		if old := s.rows[e.URI()]; old != nil && old[5] > row[5] {
			row = append(slices.Clone(old[:6]), row[6]) // an older event: only the position moves
		} else if e.Type == client.ArticleParsed {
			copy(row[1:], []string{"live", e.Article.Version, e.Article.MainHeadline(), e.Article.Text()})
		}
		s.rows[e.URI()] = row
	}
	if err := s.save(); err != nil {
		return err
	}
	s.position = batch[len(batch)-1].StreamSequence
	fmt.Println(s.position)
	return nil
}

func (s *store) save() (err error) {
	f, err := os.CreateTemp(".", "copy-*.csv")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := csv.NewWriter(f)
	_ = w.Write(columns)
	for _, uri := range slices.Sorted(maps.Keys(s.rows)) {
		_ = w.Write(s.rows[uri])
	}
	if w.Flush(); w.Error() != nil {
		return w.Error()
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return os.Rename(f.Name(), s.path)
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: keepcopy FILE")
	}
	s, err := open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c, err := connect.Client(ctx, "keepcopy")
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := c.FollowBatches(ctx, client.Subscription{From: client.After(s.position)}, 500, s.apply); err != nil {
		log.Fatal(err)
	}
}
