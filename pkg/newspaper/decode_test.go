package newspaper

import (
	"strings"
	"testing"

	"broadsheet/pkg/fault"
)

func TestDecodeRefusesHalfCharacters(t *testing.T) {
	for text, half := range map[string]string{
		`{"url":"\ud83d\ude00"}`:        "", // 😀
		`{"url":"雪\u96ea\\ud800"}`:      "", // a backslash, then letters
		`{"url":"\ud800"}`:              `\uD800`,
		`{"url":"\ud800\ud800\udc00"}`:  `\uD800`,
		`{"url":"\udc00\ud800"}`:        `\uDC00`,
		`{"url":"\ud83d\n\ude00"}`:      `\uD83D`,
		`{"url":"\ud83d`:                `\uD83D`,
		`{"url":"\\\udfff"}`:            `\uDFFF`,
		"{\"url\":\"\xed\xa0\x80\"}":    "UTF-8",
		`{"url":"\ud83d\ude00", "x":1}`: `"x"`,
	} {
		_, err := Decode[struct{ URL string }]([]byte(text))
		if half == "" && err != nil || half != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), half)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
