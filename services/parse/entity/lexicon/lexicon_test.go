package lexicon

import (
	"encoding/binary"
	"slices"
	"testing"
)

func TestShortForm(t *testing.T) {
	for name, want := range map[string]string{
		"交城县": "交城", "吕梁市": "吕梁", "湘西土家族苗族自治州": "湘西", "和县": "", "香港特别行政区": "香港", "浦东新区": "浦东新", "北京": "",
	} {
		if got := ShortForm(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestSpokenForm(t *testing.T) {
	for name, want := range map[string]string{"临夏回族自治州": "临夏州", "积石山保安族东乡族撒拉族自治县": "积石山县", "莫力达瓦达斡尔族自治旗": "莫力达瓦旗", "交城县": "", "广西壮族自治区": ""} {
		if got := spokenForm(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestPlaceEnd(t *testing.T) {
	l := Load()
	for text, want := range map[string]int{"黄河大桥": 4, "澜岭村隧道": 5, "浙江水库": 2, "巴黎": 2, "河西走廊": 4} {
		if got := l.PlaceEnd(l.Folded(text), 0, max(2, want-2)); got != want {
			t.Errorf("%s: ends at %d, want %d", text, got, want)
		}
	}
}

func TestLoad(t *testing.T) {
	l := Load()
	for word, want := range map[string]Class{
		"交城县": Division, "交城": Short, "凤山街道": Town, "农业农村部": Organ | SureOrg, "加沙地带": Place | SurePlace,
		"市委书记": Title, "欧阳": Surname, "女士": Courtesy, "委员会": OrgSuffix, "社区": LocSuffix, "縣委書記": Title, "莎士比亚": Foreign,
		"临夏州": Division, "阿卡普尔科": World, "新奧爾良": World, "马拉维": Place | SurePlace,
	} {
		if got := l.Lookup(word); got&want != want {
			t.Errorf("%s is %b, want %b", word, got, want)
		}
	}
	if got := l.Within([]string{"山西省", "吕梁市"}); !slices.Contains(got, "孝义市") || got[0] != "山西省" {
		t.Errorf("吕梁市 has %v", got)
	}
	if got := l.Within([]string{"某省", "某市"}); got != nil {
		t.Errorf("a region that is none has %v", got)
	}
	if n := l.NameChar(l.Fold('王')); n&3 < 2 {
		t.Errorf("王 as a family name: %b", n)
	}
}

func TestWith(t *testing.T) {
	l := Load().With(map[string]Class{"雾隐市": Place, "交城县": Title})
	if l.Lookup("雾隐市") != Place || l.Lookup("交城县")&(Title|Division) != Title|Division {
		t.Errorf("雾隐市 %b, 交城县 %b", l.Lookup("雾隐市"), l.Lookup("交城县"))
	}
	if Load().Lookup("雾隐市") != 0 {
		t.Error("the built-in lexicon changed")
	}
	if p := Load().Plain(); p.Lookup("交城县") != 0 || p.Lookup("会议") != Word {
		t.Errorf("plain: 交城县 %b, 会议 %b", p.Lookup("交城县"), p.Lookup("会议"))
	}
}

func FuzzDecode(f *testing.F) {
	small, err := Encode(Contents{NewTrie([]Entry{{[]uint16{1, 2}, Word, 3}, {[]uint16{1}, Title, 4}}), "們们", "山西省\t吕梁市\t交城县\n", "王\x03"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(small)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := Decode(data); err == nil {
			l.Lookup("王刚")
			l.Within([]string{"山西省"})
		}
	})
}

// FuzzReadTrie reads tries that no packing protects.
func FuzzReadTrie(f *testing.F) {
	f.Add(NewTrie([]Entry{{[]uint16{1, 2}, Word, 3}, {[]uint16{1}, Title, 4}}).append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		trie, _, err := readTrie(data)
		if err != nil {
			return
		}
		trie.Lookup([]uint16{1, 2, 3})
		trie.Walk(func([]uint16, Class) {})
	})
}

func FuzzDoubleArray(f *testing.F) {
	data := binary.BigEndian.AppendUint32(nil, 2)
	f.Add(append(data, make([]byte, 16)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 1<<12 {
			_, _ = doubleArrayWords(data)
		}
	})
}
