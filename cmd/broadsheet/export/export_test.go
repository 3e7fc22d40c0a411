package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

func sample(n int) newspaper.Article {
	uri := newspaper.PageKey{Publication: "heyang-ribao", Date: "2026-03-02", Edition: "main", Page: "01"}.ArticleURI("0000000" + string(rune('0'+n)))
	return newspaper.Article{
		URI: uri, Type: newspaper.TypeText, Version: "2", VersionCreated: time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC), PubStatus: newspaper.Usable,
		Headlines: []newspaper.Headline{{Role: newspaper.Kicker, Value: "全县"}, {Role: newspaper.Main, Value: `秋粮, "颗粒"归仓`}, {Role: newspaper.Main, Value: "第二行"}},
		Bodies:    []newspaper.Body{{Role: "main", ContentType: "text/plain", CharCount: 7, Value: "第一段\n第二段"}},
		People:    []newspaper.Person{{Name: "刘振国", Count: 1}, {Name: "李雅萍", Count: 2}}, InfoSources: []newspaper.InfoSource{{Role: "agency", Name: "新华社"}},
		Associations: []newspaper.Association{{Type: newspaper.TypePicture, Descriptions: []newspaper.Description{{Role: "caption", Value: "图为现场"}}}},
		Print:        newspaper.Print{Publication: "heyang-ribao", Date: "2026-03-02", Edition: "main", Page: "01", Position: n, Confidence: 0.5, Parts: []newspaper.Part{{URI: uri, Page: "01"}}},
	}
}

func written(t *testing.T, f Format, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := New(f, &out, true)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		a := sample(i)
		if err := w.Write(&a); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What is written as JSON Lines is the article, for whoever reads it again.
func TestJSONLines(t *testing.T) {
	all := bytes.Split(bytes.TrimSpace(written(t, JSONLines, 3)), []byte("\n"))
	if len(all) != 3 {
		t.Fatalf("%d lines", len(all))
	}
	for i, line := range all {
		var a newspaper.Article
		if err := json.Unmarshal(line, &a); err != nil || !reflect.DeepEqual(a, sample(i)) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestCSV(t *testing.T) {
	data := written(t, CSV, 2)
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v: %s", err, data)
	}
	got := map[string]string{}
	for i, name := range rows[0] {
		got[name] = rows[1][i]
	}
	for name, want := range map[string]string{
		"uri": sample(0).URI, "version": "2", "versionCreated": "2026-03-02T01:02:03Z", "headline": "秋粮, \"颗粒\"归仓\n第二行", "kicker": "全县", "deck": "",
		"body": "第一段\n第二段", "people": "刘振国; 李雅萍", "agencies": "新华社", "captions": "图为现场", "confidence": "0.5", "parts": sample(0).URI,
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	// Appended to, it has one head.
	var out bytes.Buffer
	w, err := New(CSV, &out, false)
	a := sample(1)
	if err != nil || w.Write(&a) != nil || w.Close() != nil || strings.Contains(out.String(), "versionCreated") {
		t.Errorf("%v: %s", err, out.String())
	}
	if len(columns) != reflect.TypeFor[Row]().NumField()-1 {
		t.Errorf("%d columns", len(columns))
	}
}

func TestParquet(t *testing.T) {
	data := written(t, Parquet, 3)
	rows, err := parquet.Read[Row](bytes.NewReader(data), int64(len(data)))
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, r := range rows {
		var a newspaper.Article
		if err := json.Unmarshal([]byte(r.Article), &a); err != nil || !reflect.DeepEqual(a, sample(i)) {
			t.Errorf("row %d: %v", i, err)
		}
		if r.Headline != "秋粮, \"颗粒\"归仓\n第二行" || r.Position != int64(i) || !reflect.DeepEqual(r.People, []string{"刘振国", "李雅萍"}) || r.Confidence != 0.5 {
			t.Errorf("%+v", r)
		}
	}
	if _, err := New(Parquet, nil, false); !fault.Is(err, fault.Invalid) {
		t.Errorf("appending: %v", err)
	}
	if _, err := New("xlsx", nil, true); !fault.Is(err, fault.Invalid) {
		t.Errorf("another format: %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// A disk that is full shows.
func TestDiskFull(t *testing.T) {
	for _, f := range []Format{JSONLines, CSV, Parquet} {
		w, err := New(f, full{}, true)
		if err == nil {
			a := sample(0)
			err = errors.Join(w.Write(&a), w.Flush(), w.Close())
		}
		if err == nil {
			t.Errorf("%s: nothing is said", f)
		}
	}
}
