package event

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// onTheWire is an event as the first version wrote it.
const onTheWire = `{"data":{"key":"a/2022-10-30/main/01","revisions":[]},"datacontenttype":"application/json","id":"a/2022-10-30/main/01@r1",` +
	`"sequence":"00001667091723000000","source":"/broadsheet/ingest","specversion":"1.0","subject":"a/2022-10-30/main/01",` +
	`"time":"2022-10-30T01:02:03.5Z","type":"broadsheet.page.received.v1"}`

func TestEventRoundTrip(t *testing.T) {
	e, err := Decode([]byte(onTheWire))
	if err != nil {
		t.Fatal(err)
	}
	want := Event{ID: "a/2022-10-30/main/01@r1", Source: Source("ingest"), Type: PageReceived, Subject: "a/2022-10-30/main/01",
		Time: time.Date(2022, 10, 30, 1, 2, 3, 500e6, time.UTC), Sequence: 1667091723000000, Data: json.RawMessage(`{"key":"a/2022-10-30/main/01","revisions":[]}`)}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("read as %+v", e)
	}
	out, err := json.Marshal(e)
	if err != nil || string(out) != onTheWire {
		t.Errorf("written as\n%s, %v", out, err)
	}
	page, err := DataAs[newspaper.Page](e, PageReceived)
	if err != nil || page.Key.Publication != "a" {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := DataAs[newspaper.Page](e, PageParsed); !fault.Is(err, fault.Unsupported) {
		t.Errorf("another type: %v", err)
	}
}

// What a newer writer adds is passed over, or kept when it is an extension.
func TestNewerWriter(t *testing.T) {
	in := strings.Replace(onTheWire, `"revisions":[]`, `"revisions":[],"added":{"x":1}`, 1)
	in = strings.Replace(in, `"id"`, `"tenant":"north","id"`, 1)
	e, err := Decode([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DataAs[newspaper.Page](e, PageReceived); err != nil {
		t.Error(err)
	}
	if out, _ := json.Marshal(e); !strings.Contains(string(out), `"tenant":"north"`) {
		t.Errorf("the extension is lost: %s", out)
	}
}

func TestNoEvent(t *testing.T) {
	replace := func(old, with string) string { return strings.Replace(onTheWire, old, with, 1) }
	for name, in := range map[string]string{
		"empty":         "",
		"null":          "null",
		"text":          "page",
		"other version": replace(`"1.0"`, `"0.3"`),
		"no id":         replace(`"id"`, `"ident"`),
		"number as id":  replace(`"a/2022-10-30/main/01@r1"`, `7`),
		"bad time":      replace(`2022-10-30T01:02:03.5Z`, `yesterday`),
		"bad sequence":  replace(`00001667091723000000`, `-1`),
		"binary data":   replace(`"data"`, `"data_base64":"eA==","data"`),
		"XML data":      replace(`application/json`, `text/xml`),
		"odd extension": replace(`"id"`, `"Tenant_Name":"x","id"`),
	} {
		if _, err := Decode([]byte(in)); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := Event{ID: "1", Source: "s", Type: "t", Data: json.RawMessage(`{`)}
	if _, err := json.Marshal(broken); err == nil {
		t.Error("data that is not JSON is written")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(onTheWire))
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"s","type":"t","data":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Decode(data)
		if err != nil {
			if !fault.Is(err, fault.Corrupt) {
				t.Fatalf("kind %s: %v", fault.KindOf(err), err)
			}
			return
		}
		once, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		again, err := Decode(once)
		if err != nil {
			t.Fatalf("written but not read: %v\n%s", err, once)
		}
		if twice, _ := json.Marshal(again); string(twice) != string(once) {
			t.Fatalf("%s\nbecomes\n%s", once, twice)
		}
	})
}
