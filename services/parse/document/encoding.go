package document

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	xunicode "golang.org/x/text/encoding/unicode"

	"broadsheet/pkg/fault"
)

// Names of encodings, as in the catalogue and in Document.Encoding.
const (
	UTF8    = "utf-8"
	UTF16LE = "utf-16le"
	UTF16BE = "utf-16be"
	GB18030 = "gb18030"
	Big5    = "big5"
)

var encodings = map[string]encoding.Encoding{
	UTF8:    xunicode.UTF8, // replaces invalid bytes by U+FFFD
	UTF16LE: xunicode.UTF16(xunicode.LittleEndian, xunicode.IgnoreBOM),
	UTF16BE: xunicode.UTF16(xunicode.BigEndian, xunicode.IgnoreBOM),
	GB18030: simplifiedchinese.GB18030,
	Big5:    traditionalchinese.Big5,
}

var boms = []struct {
	mark []byte
	name string // "" for one we do not read
}{
	{[]byte{0xFF, 0xFE, 0, 0}, ""}, // UTF-32 LE; stands before UTF-16 LE, whose mark it begins with
	{[]byte{0, 0, 0xFE, 0xFF}, ""},
	{[]byte{0xEF, 0xBB, 0xBF}, UTF8},
	{[]byte{0xFF, 0xFE}, UTF16LE},
	{[]byte{0xFE, 0xFF}, UTF16BE},
	{[]byte{0x84, 0x31, 0x95, 0x33}, GB18030},
}

const (
	// mostBroken is the share of broken or control characters up to which a
	// text counts as a text with faults, named in a warning; beyond, as no text.
	mostBroken = 0.02
	// sampleSize bounds detection: a few pages of text are evidence enough.
	sampleSize = 64 << 10
)

// decodeText sets d.Encoding and returns the text in UTF-8 without BOM and NULs.
func (d *Document) decodeText(data []byte, hint string) (string, error) {
	name, data, err := d.findEncoding(data, hint)
	if err != nil {
		return "", err
	}
	d.Encoding = name
	text, err := decodeAs(name, data)
	if err != nil {
		return "", fault.Wrap(fault.Corrupt, err, "the page is not valid %s", name)
	}
	return d.repair(text, len(data))
}

func decodeAs(name string, data []byte) (string, error) {
	if name == UTF8 && utf8.Valid(data) {
		return string(data), nil
	}
	out, err := encodings[name].NewDecoder().Bytes(data)
	return string(out), err
}

func (d *Document) findEncoding(data []byte, hint string) (string, []byte, error) {
	for _, b := range boms {
		if rest, ok := bytes.CutPrefix(data, b.mark); ok {
			if b.name == "" {
				return "", nil, fault.New(fault.Unsupported, "the page is UTF-32 text, which this version does not read").
					Fix("convert it to UTF-8")
			}
			return b.name, rest, nil
		}
	}
	// Text in another encoding is practically never valid UTF-8, except UTF-16 of
	// ASCII, where every other byte is a NUL.
	if utf8.Valid(data) && bytes.Count(data, []byte{0})*10 <= len(data) {
		return UTF8, data, nil
	}
	return d.guess(data, hint)
}

// guess chooses the encoding under which the text looks most like Chinese.
func (d *Document) guess(data []byte, hint string) (string, []byte, error) {
	sample := data
	if len(sample) > sampleSize {
		sample = data[:sampleSize]
	}
	best, most := "", 0.0
	for _, name := range []string{UTF8, GB18030, Big5, UTF16LE, UTF16BE} { // the likelier first: it wins a tie
		if score := plausibility(name, sample); score > most {
			best, most = name, score
		}
	}
	if best == "" {
		return "", nil, fault.New(fault.Corrupt, "the page is neither text in UTF-8, UTF-16, GB18030 or Big5 nor a format we know").
			Fix("check that the file is what it should be; convert other encodings to UTF-8")
	}
	if _, known := encodings[hint]; known && hint != best {
		if score := plausibility(hint, sample); score > most/2 {
			return hint, data, nil
		}
		d.Warnings = append(d.Warnings, fmt.Sprintf("the catalogue says the page is %s, but it is %s", hint, best))
	}
	return best, data, nil
}

// plausibility of a decoding is the share of its characters that are everyday
// Chinese characters or printable ASCII, a tenth for any other character of text.
// It is 0 when too much is broken.
func plausibility(name string, sample []byte) float64 {
	text, err := decodeAs(name, sample)
	if err != nil {
		return 0
	}
	var n, broken int
	var score float64
	for _, r := range text {
		n++
		switch {
		case r == utf8.RuneError, isControl(r), unicode.Is(unicode.Co, r), !unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r):
			broken++
		case r < utf8.RuneSelf, everyday[r]:
			score++
		default:
			score += 0.1
		}
	}
	if n == 0 || float64(broken-1) > mostBroken*float64(n) { // one for a character cut at the sample's end
		return 0
	}
	return score / float64(n)
}

// repair replaces what does not belong in text and says so; too much of it and
// the bytes were no text.
func (d *Document) repair(text string, size int) (string, error) {
	var runes, replaced, control int
	for _, r := range text {
		runes++
		if r == utf8.RuneError {
			replaced++
		} else if isControl(r) {
			control++
		}
	}
	if float64(replaced+control-1) > mostBroken*float64(runes) {
		return "", fault.New(fault.Corrupt, "the page is binary data or damaged text: %d of %d characters cannot be read as %s", replaced+control, runes, d.Encoding).
			Fix("upload the page again from its source")
	}
	if replaced > 0 {
		d.Warnings = append(d.Warnings, fmt.Sprintf("%d damaged characters are shown as U+FFFD", replaced))
	}
	if control == 0 {
		return text, nil
	}
	d.Warnings = append(d.Warnings, fmt.Sprintf("%d control characters were left out", control))
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, text), nil
}

// isControl reports control characters that have no business in text. Form feed
// and vertical tab do occur in text layers; so do U+001C to U+001F and U+0085 in
// those made of other formats' separators.
func isControl(r rune) bool {
	return r < ' ' && !(r >= '\t' && r <= '\r') && r < 0x1C || r == 0x7F
}

// everyday are the commonest characters of Chinese newspapers, simplified and
// traditional, with the punctuation. They make up half of any real text and next
// to nothing of a text decoded wrongly, which scatters over the rare ones.
var everyday = func() map[rune]bool {
	set := make(map[rune]bool)
	for _, r := range everydayCharacters {
		set[r] = true
	}
	return set
}()

const everydayCharacters = "，。、；：？！“”‘’（）《》〈〉「」『』—…·　０１２３４５６７８９％" +
	"的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经" +
	"十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形" +
	"相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展" +
	"五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战" +
	"先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联认六共权收证改清己美再采转更单风切打白教" +
	"速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究" +
	"观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号" +
	"率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严" +
	"這個們來時為國會對說發經產過還沒開關問實現點業東車學體當動無從後見間數與義萬長機應總電員區團報記聞縣應廣場設計劃議員務質" +
	"疫情防控村镇乡街企居医疗惠扶贫振兴环境项目投资创服务"
