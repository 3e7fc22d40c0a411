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

// fullDate is a day of the calendar with what a folio has beside it: the day of the
// week or the page.
var fullDate = regexp.MustCompile(`20[0-9]{2}[年.\-/][0-9]{1,2}[月.\-/][0-9]{1,2}日?.{0,4}(?:星期|周)[一二三四五六日天]|(?:星期|周)[一二三四五六日天].{0,4}20[0-9]{2}[年.\-/][0-9]{1,2}[月.\-/][0-9]{1,2}日?`)

var bareDate = regexp.MustCompile(`^(?:20|19)?[0-9]{2,4}年[0-9]{1,2}月[0-9]{1,2}日$`)

// capitals is a masthead in Latin letters: QINGYUAN DAILY.
var capitals = regexp.MustCompile(`^[A-Z][A-Z .&'\-]{3,}$`)

// furniturePattern is a pattern with what a text must begin with or have for it to
// match: most lines do neither.
type furniturePattern struct {
	first *runeSet // nil for any
	has   traits   // 0 for any
	*regexp.Regexp
}

func (p furniturePattern) matches(text string, has traits) bool {
	return (p.first == nil || p.first.has(firstRune(text))) && (p.has == 0 || p.has&has != 0) && p.MatchString(text)
}

// Names of pages: those that stand alone, and those that only a page's number or the
// paper's name tells from names of columns.
const (
	pageNames = `头版|要闻|综合|本地|本市|国内|国际|时政|经济|社会|民生|文化|体育|教育|健康|财经|国内国际|国内·国际|专题|专版|副刊|广告|公告|法治|县区|区县|县域|城事|评论|理论|视点|时评|科教|文体|文娱|综合新闻|要闻版|综合版|新闻`
	morePages = `时事|天下|都市|市场|生活|学术|校园|一线|热线|深读|港闻|公益|乡村振兴|读者之声|周末副刊|县区传真|行业|产经|旅游|汽车|房产|收藏|人物|观察|新闻纵深|本地新闻|国际新闻|国内新闻|社会新闻`
)

var sectionFirst = func() *runeSet {
	first := "第0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ一二三四五六七八九十"
	for _, name := range words(pageNames) {
		first += string(firstRune(name))
	}
	return newRuneSet(first)
}()

var furniturePatterns = []furniturePattern{
	// Folios and page names: 第3版, 03版 要闻, A1, 要闻·3, 2版/综合, 河阳晚报·副刊.
	{sectionFirst, 0, regexp.MustCompile(`^(?:第?[0-9A-Z一二三四五六七八九十]{1,4}版?[·：:/|｜—\- ]*)?(?:` + pageNames + `)(?:新闻|版)?[·：:/|｜—\- ]*(?:第?[0-9A-Z一二三四五六七八九十]{1,4}版?)?$`)},
	{sectionFirst, 0, regexp.MustCompile(`^第?[A-Z]?(?:[0-9]{1,3}版|[一二三四五六七八九十]{1,3}版|[0-9]{1,2})[·：:/|｜—\- ]*(?:` + morePages + `)(?:新闻|版)?$`)},
	{nil, lineTraits.set("报媒闻"), regexp.MustCompile(`^[\p{Han}]{1,6}(?:报|融媒|新闻)(?:[·|｜](?:` + pageNames + `|` + morePages + `)(?:新闻|版)?|第?[A-Z]?[0-9]{1,3}版?)$`)},
	{newRuneSet("第0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ—-·一二三四五六七八九十"), 0, regexp.MustCompile(`^(?:第[A-Z]?[0-9]{1,3}版|第?[一二三四五六七八九十]{1,3}版|[A-Z]?[0-9]{1,2}版?|—[0-9]+—|-[0-9]+-|·[0-9]+·)$`)},
	{newRuneSet("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 0, regexp.MustCompile(`^[A-Z]?[0-9]{1,2}版?(?:20[0-9]{2}年|[\p{Han}]{2,6}(?:日报|晚报|早报|晨报|商报|都市报|时报))`)},
	// 湘东晚报 3版 法治, 书林周刊 05 评论.
	{nil, lineTraits.set("报媒闻刊讯"), regexp.MustCompile(`^[\p{Han}]{1,6}(?:报|融媒|新闻|周刊|时讯)第?[A-Z]?[0-9]{1,3}版?[·：:/|｜]?(?:` + pageNames + `|` + morePages + `)(?:新闻|版)?$`)},
	// Date lines: 2022年10月30日 星期日 壬寅年十月初六.
	{nil, lineTraits.set("09"), regexp.MustCompile(`^(?:[\p{Han}]{2,10}(?:报|社|網|网))?[·|｜：:]?(?:20|19)[0-9〇]{2}[年\-./][0-9]{1,2}[月\-./][0-9]{1,2}日?[·|｜：:/,，]?(?:(?:星期|周|礼拜|週)[一二三四五六日天].{0,24}|.{0,16}(?:农历|[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]年|[版期号报编校℃]|[A-Z][0-9]).{0,16}|[·|｜：:]?0?[0-9]{1,2})?$`)},
	{newRuneSet("星周週"), 0, regexp.MustCompile(`^(?:星期|周|週)[一二三四五六日天](?:农历|壬|癸|甲|乙|丙|丁|戊|己|庚|辛|$)`)},
	{newRuneSet("农夏甲乙丙丁戊己庚辛壬癸"), 0, regexp.MustCompile(`^(?:(?:农历|夏历)(?:[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]|[正腊冬闰一二三四五六七八九十]+月[初十廿三])|[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]年).{0,24}$`)},
	// Mastheads: the paper's own name, its owner.
	{nil, lineTraits.set("报"), regexp.MustCompile(`^[\p{Han}]{2,8}(?:日报|晚报|早报|晨报|商报|都市报|时报|周报)$`)},
	{nil, lineTraits.set("委办版印"), regexp.MustCompile(`^(?:中共)?[\p{Han}]{2,10}(?:委|委员会)(?:机关报|主管|主办|主办主管)|^[^由\P{Han}][\p{Han}]{1,11}(?:委|委员会|社|集团|中心|部|政府|厅|局|府)(?:主办|出版|承印)$|^[\p{Han}]{2,12}主管主办$`)},
	{newRuneSet("版未本"), lineTraits.set("权授许"), regexp.MustCompile(`^(?:本报)?(?:版权所有|未经(?:本报)?(?:授权|许可)).{0,24}$`)},
	// Weather: 今日天气 晴 5℃～18℃.
	{nil, lineTraits.set("天"), regexp.MustCompile(`^[^，]{0,12}(?:(?:今日天气|天气预报|天气：|明日天气).{0,40}|今天白天.{2,40})$`)},
	{nil, lineTraits.set("℃°"), regexp.MustCompile(`^.{0,20}(?:晴|多云|阴|小雨|阵雨|雷阵雨).{0,16}[0-9]{1,2} ?[℃°].{0,20}$`)},
	// Staff boxes: 编辑 张三 组版 李四.
	{nil, lineTraits.set("编版校设班"), regexp.MustCompile(`^(?:[□■●○◎◇◆▲|｜]?(?:本版|执行|值班|责任|见习)?(?:编辑|主编|责编|美编|组版|校对|审校|审读|版式|制版|设计|总值班|值班)[：/]?[\p{Han}]{2,4}){1,4}(?:电话.*)?$`)},
	{newRuneSet("扫关欢"), 0, regexp.MustCompile(`^(?:扫码|扫描|关注|欢迎).{0,16}(?:公众号|客户端|视频号|微博)$`)},
	{newRuneSet("主出承印"), 0, regexp.MustCompile(`^(?:主办|主管|出版|承印|印刷)(?:单位)?[：:].`)},
	{newRuneSet("记微EeQq邮电"), 0, regexp.MustCompile(`^(?:记者)?微信公众号|(?i)^(?:E-?mail|邮箱|QQ|电话)[：:]`)},
}

// Registration, issue number, price, publisher, telephone.
var (
	imprintTrait   = lineTraits.set("代统刊N邮址广印线班校编版审份价期号传读微端码扫/w")
	imprintWords   = words("国内统一连续出版物号|统一刊号|邮发代号|本报地址|社址|广告许可证|广告经营|投稿邮箱|电子邮箱|编辑电话|总编室|零售每份|每份定价|邮政编码|官方微博|官方微信|客户端下载|扫描二维码|扫一扫|http://|https://|www.")
	hotlineWords   = words("发行热线|新闻热线|读者热线|广告热线|报料热线|热线电话|服务热线")
	staffWords     = words("值班总编|值班编委|值班主任|责任校对|美术编辑|版式设计|责任编辑|本版编辑|本版责编|值班编辑")
	imprintPattern = regexp.MustCompile(`CN ?[0-9]{2}[-—–][0-9]{4}|(?:印刷|定价|邮编|传真)[：:]|(?:组版|版面|审读|责编|美编|校对)[：:/]|编辑[：:/][\p{Han}]{2,4}(?:$|[^，。、\p{Han}])|今日[0-9一二三四五六七八九十]+版|代号[：:]?[0-9]{1,3}[-—–][0-9]{1,3}|总第[0-9]+期|(?:^|[^的会])第[0-9]{2,6}[期号](?:$|[^《决台令公\p{P}])`)
	// What follows in furniture, and not in a sentence that mentions them: a telephone
	// number, names and nothing else.
	hotlinePattern = regexp.MustCompile(`热线(?:电话)?(?:[：:]?[0-9(（+\-]{5}|[：:]|$)`)
	staffPattern   = regexp.MustCompile(`(?:总编|编委|主任|校对|编辑|设计|责编)[：:/]?(?:[\p{Han}]{0,4}(?:$|[^，。、\p{Han}])|[\p{Han}]{2,3}(?:编辑|责编|美编|校对|组版|版式|美术|设计|值班|责任|视觉|邮箱|电话))`)
)

func isImprint(text string, has traits) bool {
	switch {
	case has&imprintTrait == 0 || strings.ContainsAny(text, "。！？”"):
		return false
	case containsAny(text, imprintWords...):
		return true
	case containsAny(text, hotlineWords...) && hotlinePattern.MatchString(text):
		return true
	case containsAny(text, staffWords...) && !strings.HasSuffix(text, "说") && staffPattern.MatchString(text):
		return true
	}
	return containsAny(text, "：", "/", "CN", "今日", "第", "代号") && imprintPattern.MatchString(text)
}

// The patterns run on few lines: short ones, and longer ones that have one of these
// characters, which every longer line of furniture has and few others have.
const alwaysAsked = 22

var (
	furnitureTrait = lineTraits.set("@Ew校责审文体科娱新融媒版报社网年月日期号0123456789闻综合要头版本地市内际时政经济会生化育教康财专题副刊广告公告法治县区城事评论理视点线箱址编计价热信端码委办管印℃°星周农夏微电")
	markedTrait    = lineTraits.set("版刊邮址℃°@编校扫微QhHwW星周代")
	ownerTrait     = lineTraits.set("主印审总热") // of 主办, 主管, 印刷, …
	jumpTrait      = lineTraits.set("转接")
	staffTrait     = lineTraits.set("编校版审")
	columnTrait    = lineTraits.set("讯览报闻波态递窗箱击描车放锦") // every name of a column has one
)

func isFurniture(l *line) bool {
	if l.width > furnitureWidth || l.ends || l.commas > 1 || l.width > alwaysAsked && l.has&markedTrait == 0 && (l.has&ownerTrait == 0 || !containsAny(l.plain, "主办", "主管", "印刷", "审读", "总编", "热线")) {
		return false
	}
	if l.width <= alwaysAsked && l.has&furnitureTrait == 0 {
		return capitals.MatchString(l.plain)
	}
	text := compact(l.plain)
	if l.width <= 60 && l.commas == 0 && strings.Contains(text, "20") && fullDate.MatchString(text) {
		return true
	}
	if isImprint(text, l.has) {
		return true
	}
	for _, p := range furniturePatterns {
		if p.matches(text, l.has) {
			return true
		}
	}
	return l.width <= 40 && capitals.MatchString(l.plain)
}

// columnNames head a column of briefs.
var columnNames = regexp.MustCompile(`^[【\[〔●■□▲◆★☆·]?(?:(?:国内|国际|天下|环球|综合|市区|本地|各地|城乡|县区|财经|体育|联播|资讯|信息|新闻|科技|文化|教育|文体|体坛|法治|健康|民生|社会|企业|校园|行业|农业|卫生)?(?:简讯|快讯|短讯|短波|速览|快递|速递|集锦)|(?:县区|区县|部门|基层|各地|地方|校园|行业|企业)动态|新闻(?:点击|扫描|集装箱|快报|快车|回放)|(?:一周|本周)(?:简报|回放)|世界之窗|天下要闻|信息窗|信息集装箱|百字新闻|要闻速览|要闻简报|新闻速递|新闻快递|一句话新闻|新闻简报|新闻集锦|简明新闻|时政简报|图片新闻|今日快讯|动态|微新闻|一周要闻|国内联播快讯|国际联播快讯|资讯)[】\]〕●■□▲◆★☆·]?$`)

// markKinds decides what lines are by their own words.
func markKinds(lines []line) {
	for i := range lines {
		l := &lines[i]
		l.lone = isLoneName(l)
		if l.creditAt >= 0 && writes(l) && (i == 0 || !lines[i-1].ends || !pictured(lines[:i])) {
			l.creditAt, l.credited, l.ends = -1, false, endsSentence(l.text)
			l.end = endOf(l)
		}
		switch {
		case i > 0 && l.text == lines[i-1].text && utf8.RuneCountInString(l.text) >= 4:
			l.kind = doubled
		case isJump(l):
			l.kind = jump
		case isCredit(l):
			l.kind, l.opening = photo, noOpening
		case l.width <= 24 && l.has&columnTrait != 0 && columnNames.MatchString(compact(l.plain)):
			l.kind = columnTag
		case l.width <= 60 && l.has&staffTrait != 0 && isFurniture(l):
			l.kind = furniture // a staff box names people as a byline does
		case l.width <= 60 && isLoneByline(l):
			l.kind = byline
			if in("（(", firstRune(l.text)) && i > 0 && lines[i-1].ends && isLoneSignature(l) {
				l.kind = signature
			}
		case l.lone && isMarkedName(lines, i), i > 0 && lines[i-1].kind == byline && goesOnNaming(l):
			l.kind = byline
		case isLoneSignature(l):
			l.kind = signature
		case (i < pageTop || i >= len(lines)-pageTop) && isMasthead(l):
			l.kind = furniture
		case isFurniture(l) && !(bareDate.MatchString(compact(l.plain)) && i > 4 && i < len(lines)-4):
			l.kind = furniture // a bare date inside the page is the end of a notice or letter
		}
	}
}

// writes reports a line whose photo credit names who wrote the text as well, as a byline
// does: 本报记者 张三 文/图, 文/本报记者 张三 图/李四.
func writes(l *line) bool {
	if l.commas > 0 || l.width > 60 {
		return false
	}
	start := strings.TrimLeft(l.plain, nameMarks)
	return strings.HasPrefix(start, "文/") || (strings.HasSuffix(start, "文/图") || strings.HasSuffix(start, "图/文")) && ownReporter.MatchString(start)
}

// pictured reports lines whose last few say that they are of a picture: what stands under
// them is its credit.
func pictured(lines []line) bool {
	for k := len(lines) - 1; k >= max(0, len(lines)-4); k-- {
		if lines[k].picture || strings.Contains(lines[k].plain, "图为") {
			return true
		}
	}
	return false
}

// pageTop is how many lines of a page's top, or of its foot, a masthead stands within.
const pageTop = 6

var (
	masthead   = regexp.MustCompile(`^[\p{Han}]{2,8}报$`)
	noMasthead = endings(words("通报|海报|情报|举报|简报|预报|公报|喜报|回报|上报|汇报|申报|捷报|填报|快报|战报|警报|播报|直报|谎报|瞒报"))
	hanDate    = regexp.MustCompile(`^[二一][〇○零九][〇○零一二三四五六七八九]{2}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日`)
)

// isMasthead reports a line that is but a paper's name, or its day in Chinese figures.
func isMasthead(l *line) bool {
	if l.width > 48 || l.ends || l.commas > 0 {
		return false
	}
	text := compact(l.plain)
	return masthead.MatchString(text) && !noMasthead.match(text) || hanDate.MatchString(text)
}

// isMarkedName reports a lone name with a mark before it that is no item of a list of
// such names.
func isMarkedName(lines []line, i int) bool {
	marked := func(i int) bool {
		return i >= 0 && i < len(lines) && strings.ContainsRune(nameMarks, firstRune(lines[i].text)) && isLoneName(&lines[i])
	}
	return marked(i) && !marked(i-1) && !marked(i+1)
}

// authorLine names who wrote an article without calling them a reporter: 作者：张三,
// 文/李四 图/王五, 文 赵六, 孙七／文.
var authorLine = regexp.MustCompile(`^[` + nameMarks + `]*(?:(?:作者|撰文|采写|撰稿|文|文[/／]图|图[/／]文) ?[：/／] ?[\p{Han}·]{2,4}(?: |$)|文 [\p{Han}]{2,3}$|(?:特约)?(?:撰稿人?|采写|评论员) [\p{Han}·]{2,4}|[\p{Han}·]{2,4}[/／]文$)`)

// authorWords are what a line must have for that.
var authorWords = words("作|撰|写|文|评")

// reportersColumn are names of columns in which no reporter is named: 记者走基层.
var reportersColumn = regexp.MustCompile(`^[【■●▍◆]?记者(?:走|手记|观察|调查|探|见闻|亲历|体验|关注|日记|连线|视点|笔记|在现场|在一线|看|帮)`)

// isLoneByline reports a line that is only 本报记者 张三 通讯员 李四.
func isLoneByline(l *line) bool {
	if l.ends || l.commas > 0 {
		return false
	}
	if strings.ContainsRune(nameMarks, firstRune(l.text)) && l.width <= 40 && strings.Count(l.raw, " ") >= 2 && onlyNames(strings.TrimLeft(plainForm(l.raw), nameMarks)) {
		return true // ■ 张三 李四 王五
	}
	if l.opening != bylineOpens && (l.has&reporterTrait == 0 || !containsAny(l.plain, "记者", "通讯员", "记 者", "摄影", "实习生", "评论员", "主笔", "作者", "文/", "文／", "/文", "／文", "文：", "采写", "撰文", "撰稿")) && !strings.HasPrefix(l.raw, "文 ") {
		return false
	}
	if reportersColumn.MatchString(l.plain) {
		return false
	}
	apart := plainForm(l.raw)
	head := tightenDigits(apart)
	if len(apart) > len(head) && ownReporter.MatchString(apart) && onlyNames(apart) {
		return true // 新华社记者 阎 德 石 远
	}
	if ownReporter.MatchString(head) || containsAny(head, authorWords...) && (authorLine.MatchString(slashes.Replace(head)) || authorLine.MatchString(compact(head))) {
		return onlyNames(head)
	}
	if at := strings.Index(l.plain, "）"); at >= 0 && at+len("）") < len(l.plain) {
		return false // text follows the bracket of names
	}
	n := openingLength(l.raw)
	return n > 0 && n == visibleRunes(l.raw)
}

func isLoneSignature(l *line) bool {
	inside, rest, ok := takeSignature(l.text)
	return ok && rest == "" && inside != ""
}

// goesOnNaming reports the second line of a long byline: 徐思 通讯员 康颖.
func goesOnNaming(l *line) bool {
	return l.width <= 60 && !l.ends && l.commas == 0 && l.opening == noOpening && containsAny(l.plain, "记者", "通讯员") && onlyNames(tightenDigits(plainForm(l.raw)))
}

// onlyNames reports a text of nothing but role words and names. What follows a role
// word without a space is a name only with a surname: 本报记者直击.
func onlyNames(text string) bool {
	words := namesIn(text)
	for _, w := range words {
		if w.name == "" || w.name == "文" || w.name == "图" {
			continue
		}
		if first := firstRune(w.name); !looksLikeName(w.name) || !isSurname(first) && !compoundSurname(w.name) && !strings.Contains(w.name, "·") && !strings.Contains(text, " "+string(first)) {
			return false
		}
	}
	return len(words) > 0 && len(words) <= 12
}
