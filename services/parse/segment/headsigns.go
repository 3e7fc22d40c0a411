package segment

import (
	"regexp"
	"strings"
)

// headSigns are what a display line says of itself.
type headSigns struct {
	kicker, deck, dash, column, colon, attends, unclosed, stop, space, goesOn bool
	unopened, open                                                            bool // open: it ends with a comma or a particle
	genre, figures, comma, ours, quote, event, says, occasion                 bool
	label, reports, asks, quoted, plays                                       bool
}

const lineSigns = 14

var (
	kickerTail = endings(words("强调|指出|要求|号召|表示|批示|指示|时|：|……|会上|之一|之二|之三|之四|之五|之六|之七|之八|之九|之十"))
	saysTail   = endings(words("强调|指出|要求|号召|表示|批示|指示"))
	deckTail   = endings(words("出席|主持|讲话|参加|致辞|主持会议|出席会议|并讲话"))
	columnMark = newRuneSet("【■●◆▍▌★◎◇□[〔")
	columnTail = newRuneSet("】]〕◆●■★◎◇") // 灯下漫议◆
)

// The last characters of texts that these patterns can match.
var (
	kickerLast = newRuneSet("调出求召示时：…上一二三四五六七八九十強調號")
	deckLast   = newRuneSet("席持话加辞布告示研议动")
)

var attendance = regexp.MustCompile(`^(?:[\p{Han}]{2,3}[ 、]?){1,4}(?:出席|主持|讲话|参加|致辞|宣布|作报告|作批示|调研|主持会议|主持并讲话|出席并讲话|出席会议|出席活动|参加活动|主持会议并讲话|出席并致辞|作工作报告)$`)

// attends reports who took part, as decks do: 刘振国出席.
func attends(plain string) bool {
	return deckLast.has(lastRune(plain)) && isSurname(firstRune(plain)) && width(plain) <= 40 && attendance.MatchString(plain)
}

var (
	genreTail = endings(words("纪实|综述|见闻|侧记|观察|扫描|巡礼|之际|调查|启示|故事|报告|报道|访谈|特写|快评|述评|短评|时评|来信|专访|手记|随笔|印象|展望|回眸|透视|解读|一）|二）|三）|四）|五）|六）|七）|八）|九）|十）"))
	ownFirst  = newRuneSet("—我全本")
	ownPlace  = regexp.MustCompile(`^(?:—|——)?(?:我|全|本)(?:市|县|区|省|州|镇|乡|国|校|院)`)
	eventTail = endings(words("召开|举行|开幕|闭幕|启动|启幕|启动仪式|印发|发布|出台|揭晓|揭牌|落幕|开工|通车|投产|会议|大会"))
	occasion  = newRuneSet("会节展赛坛年行动程战季周") // 杭州第19届亚运会, 文明创建在行动
	genreLast = newRuneSet("实述闻记察描礼际查示事告道谈写评信访笔象望眸视读）")
	eventLast = newRuneSet("开行幕动式发布台晓牌工车产议会")
)

var goesOnSet = newRuneSet("的了和与及是已将并获被把让使向为在再又或等者中内上下至")

func signsOf(text, plain string) headSigns {
	kicker := kickerLast.has(lastRune(plain)) && kickerTail.match(plain)
	return headSigns{
		kicker: kicker, says: kicker && saysTail.match(plain), deck: deckLast.has(lastRune(plain)) && deckTail.match(plain), dash: strings.HasPrefix(plain, "—"),
		column: columnMark.has(firstRune(plain)) || columnTail.has(lastRune(plain)), colon: strings.Contains(plain, "："), attends: attends(plain), unclosed: unclosed(text), unopened: unopened(text),
		stop: sentenceEndSet.has(lastRune(text)), space: strings.Contains(text, " "), goesOn: goesOnSet.has(firstRune(plain)),
		genre: genreLast.has(lastRune(plain)) && genreTail.match(plain), figures: digitSet.in(plain), comma: strings.Contains(plain, "，"),
		label: label(plain), reports: reportsWork(plain),
		asks: asks(plain), quoted: openQuoteSet.has(firstRune(plain)) && shutQuoteSet.has(lastRune(plain)), plays: playFirst.has(firstRune(plain)),
		ours: ownFirst.has(firstRune(plain)) && ownPlace.MatchString(plain), quote: openQuoteSet.has(firstRune(plain)), occasion: occasion.has(lastRune(plain)), event: eventLast.has(lastRune(plain)) && eventTail.match(plain),
	}
}

// What else tells the parts of a headline: names of columns (灯下谈, 港城旧事) stand over
// it, lines that say what the reporter did (记者走访三省五县, 追记丛日昌) beside it, and
// questions, quotations and plays of words are headlines themselves.
var (
	labelTail = endings(words("新征程|走基层|在行动|进行时|观察|关注|聚焦|追踪|特写|快评|时评|短评|评论|调研|见闻|故事|榜样|人物|话题|节日|视点|热点|焦点|专题|专栏|访谈|对话|市场|调查|解读|旧事|往事|钩沉|来信|信箱|剧评|书评|影评|随笔|絮语|闲谈|说法|之窗|日志|日记|副刊|一线|行|记|谈|录|苑|园地|风采|特稿|专访|手记|札记|史话|讲堂|课堂|论坛|广角|扫描|速递|速览|快递|要闻|服务|提醒|提示|连线"))
	labelLast = newRuneSet("程层动时察注焦踪写评论研闻事样物题日点栏谈话场查读沉信箱笔语法窗志刊线行记录苑地采稿访札堂坛角描递览务醒示")
	reporting = beginnings(words("记者|本报|专访|访|记|追记|对话|写在|来自|走进|走访|探访|跟着|跟随|献给|一位|一名"))
	reports   = newRuneSet("记本专访追对写来走探跟献一")
	questions = words("？|?|为啥|为何|怎么|怎样|如何|哪|谁|该不该|能不能")
	playFirst = newRuneSet("让把从当别莫请一这那")
)

// label reports what may be the name of a column.
func label(plain string) bool {
	return labelLast.has(lastRune(plain)) && width(plain) <= 16 && labelTail.match(plain)
}

func reportsWork(plain string) bool {
	plain = strings.TrimLeft(plain, "—")
	return reports.has(firstRune(plain)) && reporting.match(plain)
}

func asks(plain string) bool {
	last := lastRune(plain)
	return last == '吗' || last == '呢' || containsAny(plain, questions...)
}
