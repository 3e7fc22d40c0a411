package document

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"broadsheet/pkg/fault"
)

// Invented page text; the second is in traditional characters.
const (
	page     = " 本报讯 （记者 程小舟） 5 月 6 日，\n\n清源县召开春耕生产现场会，对全县春\n耕工作进行安排。会议要求，各乡镇要\n抢抓农时，做好服务。\n\n清源县召开春耕生产现场会\n"
	tradPage = "本報訊（記者 林大同）五月六日，清源縣召開春耕生產現場會，對全縣\n春耕工作進行安排。會議要求，各鄉鎮要搶抓農時，做好服務工作。\n"
)

func encode(t testing.TB, name, text string) []byte {
	t.Helper()
	out, err := encodings[name].NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatalf("encode %s: %v", name, err)
	}
	return out
}

func TestDecodeEncodings(t *testing.T) {
	bom := func(mark string, data []byte) []byte { return append([]byte(mark), data...) }
	for name, c := range map[string]struct {
		data       []byte
		hint, want string
		text       string
	}{
		"utf-8":              {[]byte(page), "", UTF8, page},
		"utf-8 bom":          {bom("\xEF\xBB\xBF", []byte(page)), "", UTF8, page},
		"utf-16le bom":       {bom("\xFF\xFE", encode(t, UTF16LE, page)), "", UTF16LE, page},
		"utf-16be bom":       {bom("\xFE\xFF", encode(t, UTF16BE, page)), "", UTF16BE, page},
		"utf-16le":           {encode(t, UTF16LE, page), "", UTF16LE, page},
		"utf-16be":           {encode(t, UTF16BE, page), "", UTF16BE, page},
		"utf-16le ascii":     {encode(t, UTF16LE, "plain words\n"), "", UTF16LE, "plain words\n"},
		"gb18030":            {encode(t, GB18030, page), "", GB18030, page},
		"gb18030 short":      {encode(t, GB18030, "市政府召开会议\n"), "", GB18030, "市政府召开会议\n"},
		"gb18030 trad":       {encode(t, GB18030, tradPage), "", GB18030, tradPage},
		"big5":               {encode(t, Big5, tradPage), "", Big5, tradPage},
		"hint right":         {encode(t, Big5, tradPage), Big5, Big5, tradPage},
		"hint wrong":         {encode(t, GB18030, page), Big5, GB18030, page},
		"hint against utf-8": {[]byte(page), GB18030, UTF8, page},
		"hint unknown":       {[]byte(page), "klingon", UTF8, page},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Decode(context.Background(), c.data, "text/plain", c.hint)
			if err != nil {
				t.Fatal(err)
			}
			if d.Encoding != c.want || d.MediaType != "text/plain" {
				t.Errorf("got %s %s, want %s", d.MediaType, d.Encoding, c.want)
			}
			if d.Text() != c.text {
				t.Errorf("text %q, want %q", d.Text(), c.text)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	long := strings.Repeat("字\n", 200_000)
	for name, c := range map[string]struct {
		data    string
		claimed string
		kind    fault.Kind
		says    string
	}{
		"empty":       {"", "", fault.Invalid, "no text"},
		"blank lines": {" \n\n\t\n\u3000\n", "", fault.Invalid, "no text"},
		"only marks":  {"\uFEFF\u200B\n", "", fault.Invalid, "no text"},
		"png as text": {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "text/plain", fault.Unsupported, "image/png"},
		"pdf":         {"%PDF-1.7\n1 0 obj\n", "text/plain", fault.Unsupported, "application/pdf"},
		"xml":         {"<?xml version=\"1.0\"?><alto/>", "", fault.Unsupported, "text/xml"},
		"html":        {"<!DOCTYPE html><html><p>字</p>", "", fault.Unsupported, "text/html"},
		"fragment":    {"\n<mets><a/></mets>", "application/xml", fault.Unsupported, "application/xml"},
		"utf-32":      {"\xFF\xFE\x00\x00\x41\x00\x00\x00", "", fault.Unsupported, "UTF-32"},
		"lines":       {long, "", fault.TooLarge, "200000 lines"},
		"bytes":       {strings.Repeat(" ", MaxBytes+1), "", fault.TooLarge, "limit"},
		"binary":      {"\x00\x01\x02\x03\xff\xfe\x80" + strings.Repeat("\x00\x07\x90", 300), "", fault.Corrupt, ""},
		"nul by half": {strings.Repeat("a\x00\x00", 300), "", fault.Corrupt, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Decode(context.Background(), []byte(c.data), c.claimed, "")
			if fault.KindOf(err) != c.kind {
				t.Fatalf("got %v (%v), want %s", err, d, c.kind)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("message %q does not say %q", err, c.says)
			}
		})
	}
}

func TestDecodeRepairs(t *testing.T) {
	for name, c := range map[string]struct{ data, text string }{
		"nul":          {strings.Replace(page, "春耕", "春\x00耕", 1), page},
		"broken bytes": {strings.Replace(page, "春耕", "春\xE6\x96耕", 1), strings.Replace(page, "春耕", "春\uFFFD耕", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Decode(context.Background(), []byte(c.data), "", "")
			if err != nil {
				t.Fatal(err)
			}
			if d.Text() != c.text || d.Encoding != UTF8 || len(d.Warnings) != 1 {
				t.Errorf("got %s %q, warnings %q", d.Encoding, d.Text(), d.Warnings)
			}
		})
	}
}

func TestTextThatLooksLikeAMagicNumber(t *testing.T) {
	d, err := Decode(context.Background(), []byte("BM公司在本市开业\n"), "", "")
	if err != nil || d.Lines[0].Text != "BM公司在本市开业" {
		t.Fatalf("got %+v, %v", d, err)
	}
}

func TestLinesEndAtNewlineOnly(t *testing.T) {
	got := Lines("甲\r\n乙\f丙\u2028丁\u0085\v戊\r己\n\n庚")
	want := []string{"甲", "乙\f丙\u2028丁\u0085\v戊\r己", "", "庚"}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i, l := range got {
		if l.Text != want[i] || l.Number != i+1 {
			t.Errorf("line %d is %d %q, want %q", i+1, l.Number, l.Text, want[i])
		}
	}
}

func TestMillionCharacterLine(t *testing.T) {
	start := time.Now()
	d, err := Decode(context.Background(), encode(t, GB18030, strings.Repeat("会议强调", 250_000)), "", "")
	if err != nil || len(d.Lines) != 1 {
		t.Fatalf("%v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestDecodeStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Decode(ctx, []byte(page), "", ""); fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(page)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{page, tradPage, gb, "\xFF\xFEa\x00", "%PDF-1.4", "\x00", "\r\n\f"} {
		f.Add([]byte(s), "gb18030")
	}
	f.Fuzz(func(t *testing.T, data []byte, hint string) {
		d, err := Decode(context.Background(), data, "text/plain", hint)
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatalf("not a fault: %v", err)
			}
			return
		}
		text := d.Text()
		if !utf8.ValidString(text) || encodings[d.Encoding] == nil {
			t.Fatalf("encoding %q, text %q", d.Encoding, text)
		}
		for i, l := range d.Lines {
			if l.Number != i+1 || bytes.ContainsAny([]byte(l.Text), "\n\x00") {
				t.Fatalf("line %d: %+v", i+1, l)
			}
		}
	})
}
