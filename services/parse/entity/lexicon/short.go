package lexicon

import (
	"slices"
	"strings"
)

var divisionSuffixes = []string{"特别行政区", "自治区", "自治州", "自治县", "自治旗", "地区", "林区", "省", "市", "县", "区", "州", "盟", "旗"}

var peoples = []string{"壮族", "回族", "维吾尔族", "维吾尔", "藏族", "羌族", "彝族", "苗族", "侗族", "布依族", "土家族", "哈尼族", "傣族", "景颇族", "白族", "傈僳族", "朝鲜族", "蒙古族", "蒙古", "哈萨克族", "哈萨克", "柯尔克孜族", "柯尔克孜", "满族", "畲族", "黎族", "瑶族", "仫佬族", "毛南族", "仡佬族", "水族", "拉祜族", "佤族", "布朗族", "纳西族", "普米族", "独龙族", "怒族", "土族", "撒拉族", "东乡族", "保安族", "裕固族", "塔吉克", "锡伯", "达斡尔族", "鄂温克族", "鄂伦春", "各族"}

// ShortForm is the name of a division without its suffix and peoples: 交城县 →
// 交城, 湘西土家族苗族自治州 → 湘西. It is "" when less than two characters are left.
func ShortForm(name string) string {
	for _, suffix := range divisionSuffixes {
		stem, ok := strings.CutSuffix(name, suffix)
		if !ok {
			continue
		}
		for cut := true; cut; {
			cut = false
			for _, p := range peoples {
				if s, ok := strings.CutSuffix(stem, p); ok && s != "" {
					stem, cut = s, true
				}
			}
		}
		if len([]rune(stem)) < 2 {
			return ""
		}
		return stem
	}
	return ""
}

// spokenForm is an autonomous division's name without its peoples, as papers
// mostly print it: 临夏回族自治州 → 临夏州. It is "" for other divisions.
func spokenForm(name string) string {
	for _, suffix := range []string{"州", "县", "旗"} {
		if short := ShortForm(name); short != "" && strings.HasSuffix(name, "自治"+suffix) {
			return short + suffix
		}
	}
	return ""
}

// placeTails are words that a place's name goes on with.
var placeTails = foldedWords("国家级自然保护区 省级自然保护区 自然保护区 国家湿地公园 国家森林公园 难民营 走廊 隧道 特大桥 大桥 水库 水电站 灌区 水利枢纽")

// landforms end the names of places that other places are named after, but for
// those of provinces.
const landforms = "山岭江河湖峡湾海"

var landlike = []string{"浙江", "黑龙江", "上海", "青海"}

// PlaceEnd is where the name of a place ends that was found from start to end of a
// folded text: 海珠湾|隧道 is one. A listed place that is no landform stays what it
// is: 浙江|水库.
func (l *Lexicon) PlaceEnd(text []uint16, start, end int) int {
	for _, tail := range placeTails {
		if end+len(tail) > len(text) || !slices.Equal(text[end:end+len(tail)], tail) {
			continue
		}
		const listed = Division | Short | Town | Place | SurePlace | World
		name := String(text[start:end])
		landform := strings.ContainsRune(landforms, rune(text[end-1])) && !slices.Contains(landlike, name)
		if landform || l.Lookup(name)&listed == 0 || l.Words.Lookup(text[start:end+len(tail)])&listed != 0 {
			return end + len(tail)
		}
		break
	}
	return end
}

func foldedWords(words string) (out [][]uint16) {
	for _, word := range strings.Fields(words) {
		var folded []uint16
		for _, r := range word {
			folded = append(folded, uint16(r))
		}
		out = append(out, folded)
	}
	return out
}
