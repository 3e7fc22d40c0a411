package pairtable

import (
	"testing"
)

func TestTable(t *testing.T) {
	made := Make(1<<10, 3)
	for n := range rune(700) {
		made.Put('一'+n, '丁'+n, []byte{byte(n), byte(n >> 8), 7})
	}
	read := New(made.Bytes(), 3)
	wrong := 0
	for n := range rune(700) {
		if v := read.Find('一'+n, '丁'+n); len(v) != 3 || rune(v[0])|rune(v[1])<<8 != n {
			wrong++ // another pair's fingerprint, seldom
		}
	}
	if wrong > 3 {
		t.Errorf("%d of 700 pairs are not found", wrong)
	}
	if v := read.Find('a', 'b'); v != nil {
		t.Errorf("a pair that was never put: %v", v)
	}
}
