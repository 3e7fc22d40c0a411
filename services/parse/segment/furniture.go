package segment

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Furniture is recognised by what it says: a page repeats it every day. Each
// pattern must match a whole line of at most furnitureWidth, spaces taken out, so
// that a sentence which mentions a hotline is not lost.
const furnitureWidth = 90

var furniturePatterns = []*regexp.Regexp{
	// Folios and page names: 第3版, 03版 要闻, A1, 要闻·3, 2版/综合.
	regexp.MustCompile(`^(?:第?[0-9A-Z一二三四五六七八九十]{1,4}版?[·：:/|｜—\- ]*)?(?:头版|要闻|综合|本地|本市|国内|国际|时政|经济|社会|民生|文化|体育|教育|健康|财经|专题|专版|副刊|广告|公告|法治|县区|县域|区县|城事|评论|理论|视点|时评|综合新闻|要闻版|综合版|新闻)(?:新闻|版)?[·：:/|｜—\- ]*(?:第?[0-9A-Z一二三四五六七八九十]{1,4}版?)?$`),
	regexp.MustCompile(`^(?:第[0-9一二三四五六七八九十]{1,3}版|[A-Z]?[0-9]{1,2}版?|—[0-9]+—|-[0-9]+-|·[0-9]+·)$`),
	regexp.MustCompile(`^[A-Z]?[0-9]{1,2}版?(?:20[0-9]{2}年|[\p{Han}]{2,6}(?:日报|晚报|早报|晨报|商报|都市报|时报))`),
	// Date lines: 2022年10月30日 星期日 壬寅年十月初六.
	regexp.MustCompile(`^(?:[\p{Han}]{2,10}(?:报|社|網|网))?[·|｜：:]?(?:20|19)[0-9〇]{2}[年\-./][0-9]{1,2}[月\-./][0-9]{1,2}日?[·|｜：:/,，]?(?:(?:星期|周|礼拜|週)[一二三四五六日天])?.{0,24}$`),
	regexp.MustCompile(`^(?:星期|周|週)[一二三四五六日天](?:农历|壬|癸|甲|乙|丙|丁|戊|己|庚|辛|$)`),
	regexp.MustCompile(`^(?:农历|夏历|[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]年).{0,24}$`),
	// Registration, issue number, price, publisher, telephone.
	regexp.MustCompile(`(?:国内统一连续出版物号|国内统一刊号|國內統一|统一刊号|CN ?[0-9]{2}[-—–][0-9]{4}|邮发代号|郵發代號|本报地址|社址|广告许可证|广告经营|印刷[：:]|发行热线|新闻热线|新聞熱線|热线电话|服务热线|投稿邮箱|电子邮箱|值班总编|值班编委|责任校对|美术编辑|版式设计|责任编辑|责编[：:/]|校对[：:/]|编辑[：:/]|组版[：:/]|版面[：:/]|审读[：:/]|值班主任|总编室|零售每份|每份定价|定价[：:]|今日[0-9一二三四五六七八九十]+版|总第[0-9]+期|第[0-9]{2,6}[期号]|邮编[：:]|邮政编码|传真[：:]|读者来信|官方微博|官方微信|客户端下载|扫描二维码|扫一扫|https?://|www\.)`),
	// Mastheads: the paper's own name, its owner.
	regexp.MustCompile(`^[\p{Han}]{2,8}(?:日报|晚报|早报|晨报|商报|都市报|日報|晚報|时报|週報|周报)$`),
	regexp.MustCompile(`^(?:中共)?[\p{Han}]{2,10}(?:委|委员会)(?:机关报|主管|主办|主办主管)|^[\p{Han}]{2,12}(?:主办|主管主办|出版|承印)$`),
	// Weather: 今日天气 晴 5℃～18℃.
	regexp.MustCompile(`^.{0,12}(?:今日天气|天气预报|天气：|今天白天|明日天气).{0,40}$`),
	regexp.MustCompile(`^.{0,20}(?:晴|多云|阴|小雨|阵雨|雷阵雨).{0,16}[0-9]{1,2} ?[℃°].{0,20}$`),
	regexp.MustCompile(`^(?:记者)?微信公众号|^(?:E-?mail|邮箱|QQ|电话)[：:]`),
}

// furnitureRunes are characters of which every furniture line has at least one,
// so that the patterns run on few lines.
const furnitureRunes = "版报報社网網年月日期号號0123456789闻聞版合地市内际政济会生化育教康经题刊告域事论点线線箱址编编編对計计价热熱：:信端码委办管印℃°星周週农夏"

func isFurniture(text string, w int) bool {
	if w > furnitureWidth || endsSentence(text) || !strings.ContainsAny(text, furnitureRunes) {
		return false
	}
	text = compact(text)
	for _, p := range furniturePatterns {
		if p.MatchString(text) {
			return true
		}
	}
	return false
}

// columnNames head a column of briefs.
var columnNames = regexp.MustCompile(`^[【\[〔●■□▲◆★☆·]?(?:简讯|快讯|短讯|要闻速览|要闻简报|新闻速递|新闻快递|一句话新闻|新闻简报|新闻集锦|简明新闻|国内简讯|国际简讯|县区简讯|各地简讯|本地简讯|时政简报|图片新闻|今日快讯|速览|短波|动态|微新闻|一周要闻|联播快讯|国内联播快讯|国际联播快讯|資訊|簡訊|短訊|快訊)[】\]〕●■□▲◆★☆·]?$`)

var jumpLine = regexp.MustCompile(`^[（(]?(?:(下转|紧接|上接|轉|下轉)第? ?([A-Z]?[0-9]{1,2}|[一二三四五六七八九十]{1,3}) ?版?(?:[\p{Han}]{0,8})?)[）)]?$`)

// markKinds decides what lines are by their own words.
func markKinds(lines []line) {
	for i := range lines {
		l := &lines[i]
		switch {
		case i > 0 && l.text == lines[i-1].text && utf8.RuneCountInString(l.text) >= 4:
			l.kind = doubled
		case l.width <= 40 && jumpLine.MatchString(compact(l.text)):
			l.kind = jump
		case l.width <= 24 && columnNames.MatchString(compact(l.text)):
			l.kind = columnTag
		case l.width <= 60 && isLoneByline(l):
			l.kind = byline
		case isLoneSignature(l):
			l.kind = signature
		case isFurniture(l.text, l.width):
			l.kind = furniture
		}
	}
}

// isLoneByline reports a line that is only 本报记者 张三 通讯员 李四.
func isLoneByline(l *line) bool {
	if l.ends || l.commas > 0 {
		return false
	}
	head := tightenDigits(l.raw)
	if ownReporter.MatchString(head) {
		rest := joinLone(splitNames(head))
		for _, w := range rest {
			if _, _, name, ok := roleOf(w); ok && (name == "" || looksLikeName(name)) || looksLikeName(w) && utf8.RuneCountInString(w) <= 4 || w == "文" || w == "图" {
				continue
			}
			return false
		}
		return len(rest) > 0
	}
	c, n := takeOpening(l.raw)
	return n > 0 && n == visibleRunes(l.raw) && c.by != ""
}

func isLoneSignature(l *line) bool {
	inside, rest, ok := takeSignature(l.text)
	return ok && rest == "" && inside != ""
}
