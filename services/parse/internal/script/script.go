// Package script maps characters between simplified and traditional script, one
// for one: enough to recognise words, not to translate.
//
// The pairs are the common ones of OpenCC's character table (Apache License 2.0,
// BYVoid and contributors) that have one counterpart.
package script

import (
	_ "embed"
	"strings"
)

//go:embed traditional.txt
var table string

// oneWay are traditional characters and variants whose simplified character has another
// counterpart in the table, or in traditional script is itself.
const oneWay = `
爲为 為为 裏里 衆众 甯宁 峯峰 羣群 邨村 疎疏 啓启 綫线 髮发 鍾钟 祇只 製制 麵面 鬥斗 曆历 係系 繫系 颱台 檯台 穀谷 複复
範范 儘尽 獲获 穫获 匯汇 彙汇 夥伙 薑姜 徵征 捨舍 鬱郁 誌志 佔占 鬚须 嚮向 嶽岳 贊赞 閒闲 閑闲 週周 彆别 別别 佈布 採采
麯曲 惡恶 剋克 迴回 薦荐 錶表 闆板 闢辟 併并 並并 沖冲 醜丑 齣出 噹当 黨党 澱淀 摺折 滷卤 鬍胡 劃划 價价 捲卷 睏困 蠟蜡
纍累 釐厘 濛蒙 懞蒙 矇蒙 瀰弥 彌弥 麽么 僕仆 舖铺 樸朴 籤签 簽签 韆千 鞦秋 瀋沈 囌苏 甦苏 蘇苏 罎坛 壇坛 糰团 團团 塗涂
穨颓 餵喂 鹹咸 絃弦 燻熏 醃腌 巖岩 嘆叹 歎叹 濕湿 砲炮 眾众 衹只 註注 鑽钻 證证 髒脏 臟脏 粧妆 緻致 鼔鼓 託托 諮咨 鉅巨
卹恤 衞卫 汙污 淒凄 悽凄 鷄鸡 廄厩 鑑鉴 鑒鉴 脣唇 敍叙 奬奖 産产 説说 閲阅 顔颜 錄录 録录 尙尚 眞真 衚胡 衕同 舘馆 慾欲
癒愈 鬪斗 暱昵 氾泛 汎泛 燬毁 譭毁 倖幸 兇凶 盪荡 蹟迹 跡迹 遊游 讚赞 讎仇`

const (
	first = 0x4E00
	last  = 0x9FFF
)

var toTraditional, toSimplified = func() (t, s [last - first + 1]uint16) {
	lines := strings.Fields(table)
	from, to := []rune(lines[0]), []rune(lines[1])
	for i, r := range from {
		if min(r, to[i]) < first || max(r, to[i]) > last {
			continue
		}
		t[r-first] = uint16(to[i])
		s[to[i]-first] = uint16(r)
	}
	// Several traditional characters for one simplified: they are mapped one way.
	for v := range strings.FieldsSeq(oneWay) {
		r := []rune(v)
		s[r[0]-first] = uint16(r[1])
	}
	return t, s
}()

// Traditional is the character in traditional script, or itself.
func Traditional(r rune) rune {
	if r >= first && r <= last && toTraditional[r-first] != 0 {
		return rune(toTraditional[r-first])
	}
	return r
}

// Simplified is the character in simplified script, or itself.
func Simplified(r rune) rune {
	if r >= first && r <= last && toSimplified[r-first] != 0 {
		return rune(toSimplified[r-first])
	}
	return r
}
