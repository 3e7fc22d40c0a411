package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"

	"broadsheet/cmd/broadsheet/client"
	"broadsheet/cmd/broadsheet/intake"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

type uploadCommand struct {
	sendFlags
	keyFlags
	Paths       []string `arg:"" optional:"" help:"Files and directories."`
	NamePattern []string `placeholder:"PATTERN" sep:"none" help:"How a file's name says its page, with {publication}, {date}, {edition}, {page}, {ext} and {*}. May be given several times."`
	Manifest    string   `placeholder:"FILE" help:"CSV or JSON Lines (.jsonl) with path, publication, date, edition, page and upload id."`
	Announce    bool     `help:"Say that the pages belong to their day's paper, so that it is known when all are there. A manifest does this anyway."`
	Supersede   bool     `help:"Make a new revision even of bytes that are known."`
}

// Help is shown by --help.
func (uploadCommand) Help() string {
	return `Without flags the page is read from the file's name: ` + strings.Join(intake.DefaultPatterns, ", ") + `. Flags go before names. Hidden files are passed over.

The pages of a manifest are announced as belonging to their day's paper, beside those announced before: an event says when all of them are there (broadsheet issue).

Run it again after an interruption: only what is missing is sent. Ends with a table of accepted, duplicate and refused pages; exit code 1 if any was refused or, with --wait, is dead.

Examples:
  broadsheet upload --publication lvliang-ribao --date 2022-10-30 --page 01 page.txt
  broadsheet upload --wait scans/
  broadsheet upload --publication demo --name-pattern '{date}/{*}-{page}.{ext}' scans/
  broadsheet upload --manifest pages.csv`
}

// Run uploads.
func (c uploadCommand) Run(ctx context.Context, t *terminal) error {
	items, err := c.items()
	if err != nil {
		return err
	}
	return c.send(ctx, t, items, c.Announce || c.Manifest != "", c.one)
}

func (c uploadCommand) items() ([]intake.Item, error) {
	switch {
	case c.Manifest != "" && len(c.Paths) > 0:
		return nil, usage("give --manifest or paths, not both")
	case c.Manifest != "":
		return intake.Manifest(c.Manifest, c.fields())
	case len(c.Paths) == 0:
		return nil, usage("give files or directories to upload, or a --manifest")
	}
	patterns, err := intake.ParsePatterns(c.NamePattern)
	if err != nil {
		return nil, usageError{err}
	}
	items := intake.Files(c.Paths, c.fields(), patterns)
	if len(items) == 0 {
		return nil, fault.New(fault.NotFound, "there are no files in %s", strings.Join(c.Paths, ", "))
	}
	return items, nil
}

// one uploads a file, unless the server has the same bytes under that key.
func (c uploadCommand) one(ctx context.Context, server *client.Client, item intake.Item) (newspaper.Receipt, error) {
	data, err := item.Read()
	if err != nil {
		return newspaper.Receipt{}, err
	}
	if !c.Supersede && item.UploadID == "" {
		if receipt, known := earlier(ctx, server, item.Key, data); known {
			return receipt, nil
		}
	}
	return server.Upload(ctx, client.Upload{
		Key: item.Key, Data: data, MediaType: mediaType(item.Path), ID: item.UploadID, Supersede: c.Supersede,
	})
}

// worthAsking is the size from which asking whether the server has the bytes is
// cheaper than sending them.
const worthAsking = 64 << 10

// earlier looks for a revision of the same bytes. When the server can't say, the
// bytes are sent, and it finds out by itself.
func earlier(ctx context.Context, server *client.Client, key newspaper.PageKey, data []byte) (newspaper.Receipt, bool) {
	if len(data) < worthAsking {
		return newspaper.Receipt{}, false
	}
	page, err := server.Page(ctx, key)
	if err != nil {
		return newspaper.Receipt{}, false
	}
	sum := sha256.Sum256(data)
	for _, r := range page.Revisions {
		if r.SHA256 == hex.EncodeToString(sum[:]) {
			return newspaper.Receipt{Key: key, Revision: r.Revision, Duplicate: true, Follow: "/v1/pages/" + key.String()}, true
		}
	}
	return newspaper.Receipt{}, false
}

// mediaTypes by extension. A text page's encoding is found out by the server, so
// none is claimed.
var mediaTypes = map[string]string{
	".txt": "text/plain", ".pdf": "application/pdf", ".xml": "application/xml", ".alto": "application/xml",
	".html": "text/html", ".htm": "text/html", ".hocr": "text/html",
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".tif": "image/tiff", ".tiff": "image/tiff", ".jp2": "image/jp2",
}

func mediaType(path string) string { return mediaTypes[strings.ToLower(filepath.Ext(path))] }
