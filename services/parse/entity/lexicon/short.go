package lexicon

import "strings"

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
