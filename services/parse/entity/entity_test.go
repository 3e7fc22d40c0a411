package entity

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/crf"
	"broadsheet/services/parse/entity/lexicon"
)

var here = Context{Date: "2022-10-30", Home: []string{"山西省", "吕梁市"}}

// exact fails unless mentions are in order, apart and where they say.
func exact(t *testing.T, text string, mentions []newspaper.Mention) {
	t.Helper()
	at := make([]int, 0, len(text)+1)
	for i := range text {
		at = append(at, i)
	}
	at = append(at, len(text))
	last := 0
	for _, m := range mentions {
		if m.Start < last || m.End <= m.Start || m.End >= len(at) {
			t.Fatalf("mention %+v is out of order or range in %q", m, text)
		}
		if got := text[at[m.Start]:at[m.End]]; got != m.Text {
			t.Fatalf("mention %+v stands on %q", m, got)
		}
		last = m.End
	}
}

func found(mentions []newspaper.Mention) string {
	var out []string
	for _, m := range mentions {
		if m.Type != newspaper.DATE {
			out = append(out, m.Type+" "+m.Text)
		}
	}
	return strings.Join(out, ", ")
}

func TestMentions(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"会", ""},
		{"市人大常委会主任陈志远主持会议并讲话。", "ORG 市人大常委会, TITLE 主任, PER 陈志远"},
		{"市委书记赵明辉深入交城县调研。", "TITLE 市委书记, PER 赵明辉, LOC 交城县"},
		{"会议在山西省吕梁市离石区召开。", "LOC 山西省吕梁市离石区"},
		{"COVID-19疫情期间，GDP增速放缓。", ""},
		{"The quick brown fox visits Peking in October.", ""},
		{"苹果公司CEO Tim Cook访问上海。", "ORG 苹果公司, TITLE CEO, PER Tim Cook, LOC 上海"},
		{"市長孫大軍深入交城縣調研。", "TITLE 市長, PER 孫大軍, LOC 交城縣"},
		{"王　刚、李　明出席会议。", "PER 王　刚, PER 李　明"},
		{"郭志清郭子明陶文远陶丽黄建功曹志曹国安（女）", "PER 郭志清, PER 郭子明, PER 陶文远, PER 陶丽, PER 黄建功, PER 曹志, PER 曹国安"},
		{"江主席会见了来宾。", "PER 江, TITLE 主席"},
		{"中国式现代化是人口规模巨大的现代化。", ""},
		{"床前明月光，疑是地上霜。", ""},
		{"12345", ""},
		{"中国是世界上最大的发展中国家。", "LOC 中国"},
		{"要做好宣传、邮电部门的工作。", ""},
		{"冷空气影响黄河以北地区。", "LOC 黄河"},
		{"交城县城区的供热管网改造完成。", "LOC 交城县"},
		{"外交部发言人毛宁宣布，国务院总理李强将出席。", "ORG 外交部, TITLE 发言人, PER 毛宁, ORG 国务院, TITLE 总理, PER 李强"},
		{"地震发生在甘肃临夏州积石山县。", "LOC 甘肃临夏州积石山县"},
		{"贯彻落实中办国办《意见》。", "ORG 中办, ORG 国办"},
		{"财政部会同农业农村部下达资金。", "ORG 财政部, ORG 农业农村部"},
		{"会议听取了秘书长刘奇作的汇报。", "TITLE 秘书长, PER 刘奇"},
		{"活动由埃及旅游和文物部主办。", "ORG 埃及旅游和文物部"},
		{"海珠湾隧道建成通车，河西走廊春小麦开始播种。", "LOC 海珠湾隧道, LOC 河西走廊"},
		{"乌军在巴赫穆特、克利什奇夫卡等多个方向发起攻势。", "LOC 巴赫穆特, LOC 克利什奇夫卡"},
		{"两地文旅部门启动文旅招商会，实施城中村改造。", ""},
		{"巴勒斯坦总统府发表声明。", "ORG 巴勒斯坦总统府"},
		{"今年第5号台风“杜苏芮”将在福建登陆。", "LOC 福建"},
		{"提供“斯特赖克”装甲车和“罗斯福”号航母。", ""},
		{"以军打击了武装组织（哈马斯）指挥中心。", "ORG 哈马斯"},
		{"中方支持更多法国企业赴华投资，同时也希望扩大合作。", "LOC 法国, LOC 华"},
		{"相信阿斯塔纳峰会一定会取得成功。", "LOC 阿斯塔纳"},
		{"中芬关系更显独特价值，中方支持孟方维护主权。", ""},
		{"\U0001F600\ue000\u202e", ""},
		{"新华社记者从国家统计局获悉，全国粮食产量稳定增长。", "ORG 新华社, ORG 国家统计局"},
	} {
		mentions := New().Mentions(c.text, here)
		exact(t, c.text, mentions)
		if got := found(mentions); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func article(headline, body string) newspaper.Article {
	return newspaper.Article{
		Headlines: []newspaper.Headline{{Role: newspaper.Main, Value: headline}},
		Bodies:    []newspaper.Body{{Value: body}},
	}
}

func TestAnnotate(t *testing.T) {
	a := article("陈志远主持召开会议",
		"10月27日，市人大常委会主任陈志远主持会议并讲话，市人大常委会副主任李建华、王国强参加。\n陈志远指出，市委、市政府高度重视。记者 周小雨 报道。")
	a.Creators = []newspaper.Creator{{Role: newspaper.Reporter, Name: "周小雨"}}
	a.Descriptions = []newspaper.Description{{Value: "图为王国强在孝义市调研。"}}
	articles := []newspaper.Article{a}
	New().Annotate(articles, here)
	a = articles[0]
	texts := map[string]string{newspaper.FieldHeadline: a.Headlines[0].Value, newspaper.FieldBody: a.Bodies[0].Value, newspaper.FieldCaption: a.Descriptions[0].Value}
	for field, text := range texts {
		var in []newspaper.Mention
		for _, m := range a.Mentions {
			if m.Field == field {
				in = append(in, m)
			}
		}
		if exact(t, text, in); len(in) == 0 {
			t.Errorf("no mention in the %s", field)
		}
	}
	want := []newspaper.Person{
		{Name: "陈志远", Titles: []string{"市人大常委会主任"}, Count: 3},
		{Name: "李建华", Titles: []string{"市人大常委会副主任"}, Count: 1},
		{Name: "王国强", Titles: []string{"市人大常委会副主任"}, Count: 2},
	}
	equal := func(a, b newspaper.Person) bool {
		return a.Name == b.Name && a.Count == b.Count && slices.Equal(a.Titles, b.Titles)
	}
	if !slices.EqualFunc(a.People, want, equal) {
		t.Errorf("people %+v, want %+v", a.People, want)
	}
	if !slices.Contains(a.Organisations, newspaper.Named{Name: "市人大常委会", Count: 2}) {
		t.Errorf("organisations %+v lack 市人大常委会 twice", a.Organisations)
	}
	if !slices.Contains(a.Places, newspaper.Named{Name: "孝义市", Count: 1}) {
		t.Errorf("places %+v lack 孝义市", a.Places)
	}
}

// TestAgreement: a name that is sure in one article is found in another that says
// little of it.
func TestAgreement(t *testing.T) {
	for _, c := range []struct{ sure, doubtful, want string }{
		{"校长祁根生说，学校去年翻新。", "请祁根生来当", "PER 祁根生"},
		{"市长石墩墩主持会议。", "门前石墩墩旁边", "PER 石墩墩"},
	} {
		articles := []newspaper.Article{article("", c.sure), article("", c.doubtful)}
		New().Annotate(articles, Context{})
		exact(t, c.doubtful, articles[1].Mentions)
		if got := found(articles[1].Mentions); got != c.want {
			t.Errorf("%s beside %s: got %s, want %s", c.doubtful, c.sure, got, c.want)
		}
		New().Without(Parts{Agreement: true}).Annotate(articles, Context{})
		if got := found(articles[1].Mentions); got == c.want {
			t.Errorf("%s shows nothing: it is found alone", c.doubtful)
		}
	}
}

// TestKnown: what a page knows are the names that were found, the short forms of
// places and the last parts of foreign names; the more often a name was found
// where it stands, the more it weighs.
func TestKnown(t *testing.T) {
	p := New().newPage(Context{Home: here.Home})
	p.read("", 0, "市长祁根生到云岭县调研，会见了总统阿卡迪奥·布恩迪亚。")
	k := p.known()
	for name, kind := range map[string]int{"祁根生": typePER, "云岭县": typeLOC, "云岭": typeLOC, "布恩迪亚": typePER, "交城": typeLOC} {
		if e := k.names[name]; e == nil || e.weight[kind] <= 0 || e.best() != kind {
			t.Errorf("%s: %+v", name, e)
		}
	}
	often, seldom := &evidence{seen: 2}, &evidence{seen: 8}
	for _, e := range []*evidence{often, seldom} {
		e.found[typeLOC] = 1
		e.weigh(3)
	}
	if often.weight[typeLOC] <= seldom.weight[typeLOC] {
		t.Errorf("found in 1 of 2 places weighs %v, in 1 of 8 %v", often.weight, seldom.weight)
	}
	if distinct([]uint16{lexicon.Letter, lexicon.Letter}) || distinct([]uint16{'王'}) {
		t.Error("letters or one character are looked for")
	}
}

// TestAnnotateAgain: annotating what is annotated changes nothing.
func TestAnnotateAgain(t *testing.T) {
	articles := []newspaper.Article{article("", "市长李建华到交城县调研。")}
	New().Annotate(articles, here)
	first := articles[0]
	New().Annotate(articles, here)
	if !slices.Equal(first.Mentions, articles[0].Mentions) || len(first.People) != len(articles[0].People) {
		t.Errorf("first %+v, then %+v", first, articles[0])
	}
}

func TestHomePlaces(t *testing.T) {
	const text = "要督促指导方山、文水、孝义等县市。"
	want := "LOC 方山, LOC 文水, LOC 孝义"
	if got := found(New().Mentions(text, here)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestConcurrentUse(t *testing.T) {
	tagger := New()
	const text = "市人大常委会主任陈志远主持会议并讲话。"
	want := found(tagger.Mentions(text, here))
	done := make(chan string)
	for range 4 {
		go func() {
			for range 50 {
				if got := found(tagger.Mentions(text, here)); got != want {
					done <- got
					return
				}
			}
			done <- want
		}()
	}
	for range 4 {
		if got := <-done; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestLongTexts: processor time grows with length, not with its square.
func TestLongTexts(t *testing.T) {
	tagger := New()
	took := func(unit string, size int) time.Duration {
		text := strings.Repeat(unit, size/len(unit))
		before := cpu(t)
		exact(t, text, tagger.Mentions(text, here))
		return cpu(t) - before
	}
	took("热身", 1<<10)
	for _, unit := range []string{"王建国、", "市人大常委会主任", "2022年10月", "1", "\xff", "a", "中国A", "王建国李大明", "\ue000", "😀", "省市县区", "　王　刚"} {
		short, long := took(unit, 1<<14), took(unit, 1<<17) // a square would be 64 times
		if long > 24*short+time.Second/2 {
			t.Errorf("%q: %v for 16 KiB, %v for 128 KiB", unit, short, long)
		}
	}
}

func FuzzMentions(f *testing.F) {
	for _, s := range []string{
		"", "会", "10月28日，市委书记孙大军深入交城县", "刘　亮", "\xff\xfe市长", "二〇二二年十月二十八日至三十日", "𠮷野家",
		"\u202e張三\u202c", "2022-10-28—30", "今年前三季度", "王 刚 李 明", "上世纪90年代以来", "COVID-19", "é", "９月９日",
	} {
		f.Add(s, "2022-10-30")
	}
	tagger := New()
	f.Fuzz(func(t *testing.T, text, date string) {
		mentions := tagger.Mentions(text, Context{Date: date, Home: here.Home})
		exact(t, text, mentions)
		for _, m := range mentions {
			if utf8.ValidString(text) && !utf8.ValidString(m.Text) {
				t.Errorf("%q cuts a code point", m.Text)
			}
		}
		articles := []newspaper.Article{article(date, text), article(text, date)}
		tagger.Annotate(articles, Context{Date: date})
	})
}

func BenchmarkMentions(b *testing.B) {
	text := strings.Repeat("10月27日，市人大常委会主任陈志远主持会议并讲话，市人大常委会副主任李建华、王国强参加。会议强调，要深入学习贯彻党的二十大精神，"+
		"持续巩固拓展脱贫攻坚成果，扎实推进乡村振兴，在交城县、离石区等地加快建设一批重点项目，确保全年目标任务圆满完成。\n", 20)
	tagger := New()
	tagger.Mentions("热身", here)
	b.ReportAllocs()
	n := utf8.RuneCountInString(text)
	before := cpu(b)
	for b.Loop() {
		tagger.Mentions(text, here)
	}
	b.ReportMetric(float64(n)*float64(b.N)/(cpu(b)-before).Seconds(), "chars/cpu-s")
	b.ReportMetric(testing.AllocsPerRun(10, func() { tagger.Mentions(text, here) })*1000/float64(n), "allocs/1000chars")
}

// BenchmarkLoad is what the first text waits for: unpacking lexicon and model.
func BenchmarkLoad(b *testing.B) {
	before := cpu(b)
	for b.Loop() {
		lex, err := lexicon.Decode(lexicon.Packed())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := crf.Load(packedModel, lex); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(packedModel)+len(lexicon.Packed())), "bytes-in-binary")
	b.ReportMetric(float64((cpu(b)-before).Milliseconds())/float64(b.N), "cpu-ms/load")
}

// cpu is the processor time that this process has used: a busy machine does not
// spoil it.
func cpu(b testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
