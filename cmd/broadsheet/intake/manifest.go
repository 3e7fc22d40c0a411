package intake

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// row is what a manifest says of a file. In CSV the names stand in the first
// line, in any order.
type row struct {
	Path        string `json:"path"`
	Publication string `json:"publication"`
	Date        string `json:"date"`
	Edition     string `json:"edition"`  // may be missing: main
	Page        string `json:"page"`     //
	UploadID    string `json:"uploadId"` // may be missing
}

// Manifest reads a manifest: CSV, or JSON Lines where the name ends in .jsonl or
// .ndjson. Paths are relative to the manifest's directory. A row that is wrong
// becomes an item with its error; the others go on. The error returned is about
// the manifest as a whole.
func Manifest(path string, known Fields) ([]Item, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot read the manifest").On("manifest")
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	base := filepath.Dir(path)
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jsonl", ".ndjson":
		return onlyOnce(jsonRows(data, base, known)), nil
	}
	items, err := csvRows(data, base, known)
	return onlyOnce(items), err
}

func (r row) item(number int, base string, known Fields) Item {
	item := Item{Path: r.Path, UploadID: r.UploadID, Row: number}
	if r.Path == "" {
		item.Err = fault.New(fault.Invalid, "row %d names no file", number).On("path")
		return item
	}
	if !filepath.IsAbs(r.Path) {
		item.Path = filepath.Join(base, filepath.FromSlash(r.Path))
	}
	item.Key, item.Err = known.over(Fields{r.Publication, isoDate(r.Date), r.Edition, r.Page}).Key()
	return item
}

func jsonRows(data []byte, base string, known Fields) []Item {
	var items []Item
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for number := 1; lines.Scan(); number++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		r, err := newspaper.Decode[row](lines.Bytes())
		if err != nil {
			items = append(items, Item{Path: r.Path, Row: number, Err: err})
			continue
		}
		items = append(items, r.item(number, base, known))
	}
	return items
}

var columns = []string{"path", "publication", "date", "edition", "page", "uploadid"}

// column brings a heading to the name of its column: "Upload ID" is uploadid.
func column(heading string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(heading))
}

func csvRows(data []byte, base string, known Fields) ([]Item, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	heading, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "the manifest is empty").On("manifest")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the manifest is no CSV").On("manifest")
	}
	for i := range heading {
		heading[i] = column(heading[i])
		if !slices.Contains(columns, heading[i]) {
			return nil, fault.New(fault.Invalid, "the manifest has the unknown column %q", heading[i]).On("manifest").
				Fix("its first line names the columns: path, publication, date, edition, page, upload id")
		}
	}
	if !slices.Contains(heading, "path") {
		return nil, fault.New(fault.Invalid, "the manifest's first line names no column path").On("manifest").
			Fix("begin it with: path,publication,date,edition,page")
	}
	var items []Item
	for number := 1; ; number++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		if err != nil {
			items = append(items, Item{Row: number, Err: fault.Wrap(fault.Invalid, err, "row %d is no CSV", number)})
			continue
		}
		if len(record) != len(heading) {
			items = append(items, Item{Path: record[0], Row: number,
				Err: fault.New(fault.Invalid, "row %d has %d fields, not %d", number, len(record), len(heading))})
			continue
		}
		items = append(items, csvRow(heading, record).item(number, base, known))
	}
}

func csvRow(heading, record []string) row {
	var r row
	into := map[string]*string{"path": &r.Path, "publication": &r.Publication, "date": &r.Date,
		"edition": &r.Edition, "page": &r.Page, "uploadid": &r.UploadID}
	for i, name := range heading {
		*into[name] = strings.TrimSpace(record[i])
	}
	return r
}
