package ingest

import (
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	xunicode "golang.org/x/text/encoding/unicode"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

var encodings = map[string]encoding.Encoding{
	"utf-16le": xunicode.UTF16(xunicode.LittleEndian, xunicode.IgnoreBOM),
	"utf-16be": xunicode.UTF16(xunicode.BigEndian, xunicode.IgnoreBOM),
	"gb18030":  simplifiedchinese.GB18030,
	"big5":     traditionalchinese.Big5,
}

func encodeBig5(t testing.TB) string {
	data, err := encodings["big5"].NewEncoder().String("河陽縣秋糧顆粒歸倉\n截至昨日，河陽縣秋糧收穫已近尾聲，全縣四十二萬畝秋糧顆粒歸倉。\n")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSniff(t *testing.T) {
	for _, tt := range []struct{ data, declared, want string }{
		{harvest, "", "text/plain"},
		{harvest, "text/html", "text/plain"},
		{harvest, "application/octet-stream", "text/plain"},
		{harvest, "application/x-www-form-urlencoded", "text/plain"},
		{"<p>河阳</p>", "text/html; charset=utf-8", "text/html"},
		{" <page>河阳</page>", "application/alto+xml", "application/xml"},
		{"%PDF-1.7\n", "text/plain", "application/pdf"},
		{"\n{\"type\":\"text\"}\n{}", newspaper.ArticlesType, newspaper.ArticlesType},
		{"<html><body>x</body></html>", "application/xhtml+xml", "text/html"},
	} {
		if got, err := sniff([]byte(tt.data), tt.declared); got != tt.want || err != nil {
			t.Errorf("%q declared as %q: %s, %v", tt.data, tt.declared, got, err)
		}
	}
}

// What is declared as articles is at least one JSON object.
func TestSniffArticles(t *testing.T) {
	for _, data := range []string{harvest, "[{}]", "", "%PDF-1.7\n", "{\x00}"} {
		if got, err := sniff([]byte(data), newspaper.ArticlesType); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%q: %s, %v", data, got, err)
		}
	}
	if got, err := sniff([]byte(`{"type":"text"}`), ""); !fault.Is(err, fault.Unsupported) {
		t.Errorf("undeclared: %s, %v", got, err)
	}
}

func FuzzSniff(f *testing.F) {
	for _, tt := range odd(f) {
		f.Add([]byte(tt.data[:min(len(tt.data), 4<<10)]), tt.mediaType)
	}
	for _, tt := range bad() {
		f.Add(tt.data[:min(len(tt.data), 4<<10)], tt.declared)
	}
	f.Fuzz(func(t *testing.T, data []byte, declared string) {
		got, err := sniff(data, declared)
		switch fault.KindOf(err) {
		case "":
			if got != typeText && got != typeHTML && got != typeXML && got != typePDF && got != newspaper.ArticlesType {
				t.Fatalf("%q", got)
			}
		case fault.Unsupported, fault.Corrupt, fault.Invalid:
		default:
			t.Fatal(err)
		}
		// What was found contradicts nothing when it is declared.
		if err == nil && len(data) > 0 {
			if again, err := sniff(data, got); err != nil || again != got {
				t.Fatalf("%s, declared as what it is: %s, %v", got, again, err)
			}
		}
	})
}
