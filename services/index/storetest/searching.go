package storetest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// shelf is what the searches of these tests look through.
func shelf() []newspaper.Article {
	other := newspaper.PageKey{Publication: "liuwan-wanbao", Date: "2026-03-03", Edition: "main", Page: "A02"}
	older := newspaper.PageKey{Publication: "heyang-ribao", Date: "2025-12-31", Edition: "weekend", Page: "04"}

	snow := Article(day, 1, "河阳迎来今冬第一场雪", "昨夜，河阳县普降大雪，城区积雪三厘米。\n县交通局局长孙军带队清雪。")
	snow.People = []newspaper.Person{{Name: "孙军", Titles: []string{"县交通局局长"}, Count: 1}}
	snow.Organisations = []newspaper.Named{{Name: "县交通局", Count: 1}}
	snow.Places = []newspaper.Named{{Name: "河阳县", Count: 1}}
	snow.By = "本报讯（记者 周岚）"
	snow.Creators = []newspaper.Creator{{Role: newspaper.Reporter, Name: "周岚"}}

	congress := Article(day, 2, "县人大常委会举行第三次会议", "县人大常委会昨日举行第3次会议，主任孙军明主持。会议听取了2025年预算执行情况的报告，GDP增长5.2%。")
	congress.Headlines = append([]newspaper.Headline{{Role: newspaper.Kicker, Value: "听取预算报告"}}, congress.Headlines...)
	congress.People = []newspaper.Person{{Name: "孙军明", Count: 1}}
	congress.Organisations = []newspaper.Named{{Name: "县人大常委会", Count: 2}}
	congress.InfoSources = []newspaper.InfoSource{{Role: "agency", Name: "新华社"}}

	photo := Article(other, 3, "", "")
	photo.Type, photo.Headlines, photo.Bodies = newspaper.TypePicture, nil, nil
	photo.Descriptions = []newspaper.Description{{Role: "caption", Value: "图为游客在柳湾湿地公园观鸟。"}}
	photo.Associations = []newspaper.Association{{Type: newspaper.TypePicture, By: "高远"}}

	network := Article(other, 4, "５Ｇ基站覆盖全部乡镇", "目前，全市5G基站已达1200座，ＡＩ应用起步。大会常设委员，人民大会堂。")
	network.Places = []newspaper.Named{{Name: "柳湾市", Count: 1}, {Name: "河阳县", Count: 1}}
	network.Associations = []newspaper.Association{{Type: newspaper.TypePicture, Descriptions: []newspaper.Description{{Role: "caption", Value: "技术人员调试设备"}}}}

	coal := Article(older, 5, "煤矿安全检查启动", "县应急局启动煤矿，安全检查。检查组一行雪中送炭，煤价平稳。")
	return []newspaper.Article{snow, congress, photo, network, coal}
}

func testWords(_ *testing.T, s *suite) {
	s.write(1, shelf()...)
	for params, want := range map[string][]int{
		"":        {1, 2, 3, 4, 5},
		"q=河阳":    {1},
		"q=大雪":    {1},
		"q=雪":     {1, 5}, // one character, inside words too
		"q=孙":     {1, 2},
		"q=孙军":    {1, 2}, // as it is written, also at the beginning of a longer name
		"q=孙军明":   {2},
		"q=人大常委会": {2}, // not the same characters in another order
		"q=县人大常委会举行第三次会议": {2},
		"q=第3次":        {2}, // characters and digits
		"q=GDP":        {2},
		"q=gdp增长5.2":   {2},
		"q=2025年":      {2},
		"q=5G基站":       {4}, // full width and half width alike
		"q=５ｇ":         {4},
		"q=AI应用":       {4},
		"q=湿地公园":       {3}, // a caption
		"q=调试设备":       {4}, // the caption of a picture beside an article
		"q=周岚":         {1}, // a byline
		"q=高远":         {3}, // a photo credit
		"q=预算报告":       {2}, // a kicker
		"q=大雪 孙军":      {1}, // all words, in any order and field
		"q=孙军 大雪":      {1},
		"q=　大雪　孙军　":    {1}, // ideographic spaces
		"q=大雪 孙军明":     {},
		"q=\"第一场雪\"":   {1},
		"q=“第一场雪”":     {1},
		"q=\"第一场雪\"周岚": {1},
		"q=\"大雪 孙军\"":  {},  // a phrase stands together
		"q=积雪三厘米。":     {1}, // stray punctuation
		"q=雪, ，":       {1, 5},
		"q=煤矿安全":       {5},
		"q=县应急局启动煤矿，安全检查": {5}, // punctuation between
		"q=大会常":   {4},
		"q=不存在的词": {},
		"q=厘米 县交": {1}, // over no paragraph: two words
		"q=厘米县交":  {},
		"q=雪天":    {},
	} {
		s.Run(params, func(t *testing.T) { s.on(t).finds(params, want...) })
	}
}

// A field of several texts, such as kicker and main headline, has phrases in each
// of them and none over two.
func testManyTexts(_ *testing.T, s *suite) {
	a := Article(day, 1, "柳湾大桥今日合龙", "大雪封路")
	a.Headlines = append([]newspaper.Headline{{Role: newspaper.Kicker, Value: "三晋大地起春风"}}, a.Headlines...)
	// The pairs of 大雪封路通 stand where they should, but in two texts.
	a.Bodies = append(a.Bodies, newspaper.Body{Role: "main", ContentType: "text/plain", Value: "今雪封路通，GDP增长5.2%"})
	s.write(1, a, Article(day, 2, "别的", "别的"))
	for params, want := range map[string][]int{
		"q=三晋大地起春风":      {1},
		"q=柳湾大桥今日合龙":     {1},
		"q=春风 柳湾":        {1},
		"q=大地起春风柳湾":      {},
		"q=大雪封路":         {1},
		"q=雪封路通":         {1},
		"q=大雪封路通":        {},
		"q=封路今雪":         {},
		"q=路通GDP增长5.2":   {1},
		"q=封路今雪封路通GDP增长": {},
	} {
		s.finds(params, want...)
	}
}

func testFilters(_ *testing.T, s *suite) {
	s.write(1, shelf()...)
	for params, want := range map[string][]int{
		"publication=heyang-ribao":                           {1, 2, 5},
		"publication=unheard-of":                             {},
		"publication=heyang-ribao&publication=liuwan-wanbao": {1, 2, 3, 4, 5}, // any of them
		"edition=weekend":                                    {5},
		"page=1":                                             {1, 2}, // in its canonical form
		"page=a2":                                            {3, 4},
		"page=4":                                             {5},
		"from=2026-03-03":                                    {3, 4},
		"to=2026-03-02":                                      {1, 2, 5},
		"from=2026-03-02&to=2026-03-02":                      {1, 2},
		"from=2024-01-01&to=2024-12-31":                      {},
		"from=2025-12-31&to=2026-03-02":                      {1, 2, 5},
		"person=孙军":                                          {1}, // exact, not 孙军明
		"person=孙":                                           {},
		"person=孙军&person=孙军明":                               {1, 2},
		"organisation=县人大常委会":                                {2},
		"organisation=人大常委会":                                 {},
		"place=河阳县":                                          {1, 4},
		"place=河阳县&place=柳湾市":                                {1, 4},
		"place=河阳县&publication=heyang-ribao":                 {1},
		"byline=周岚":                                          {1},
		"byline=高远":                                          {3},
		"byline=周":                                           {},
		"agency=新华社":                                         {2},
		"type=picture":                                       {3},
		"type=text":                                          {1, 2, 4, 5},
		"q=雪&publication=heyang-ribao&to=2026-01-01":         {5},
		"q=雪&person=孙军":                                      {1},
		"q=会议&person=孙军":                                     {},
		"q=5G&place=柳湾市&page=A2&edition=main&from=2026-03-01": {4},
		"person=": {1, 2, 3, 4, 5}, // an empty field of a form
	} {
		s.Run(params, func(t *testing.T) { s.on(t).finds(params, want...) })
	}
}

func testOrder(_ *testing.T, s *suite) {
	s.write(1, shelf()...)
	for params, want := range map[string][]int{
		"":                              {3, 4, 1, 2, 5}, // newest paper first, in reading order
		"sort=newest":                   {3, 4, 1, 2, 5},
		"sort=oldest":                   {5, 1, 2, 3, 4},
		"sort=relevance":                {3, 4, 1, 2, 5}, // without words
		"q=雪&sort=oldest":               {5, 1},
		"q=雪":                           {1, 5}, // a headline counts more than a body
		"q=雪&limit=1":                   {1},
		"publication=heyang-ribao":      {1, 2, 5},
		"type=text&sort=oldest&limit=2": {5, 1},
	} {
		s.Run(params, func(t *testing.T) {
			if got := s.on(t).find(params); !slices.Equal(got, want) {
				t.Errorf("%s gives %v, not %v", params, got, want)
			}
		})
	}
}

// walk pages through a query to its end and returns everything it was given.
func (s *suite) walk(params string, after func(page int)) []int {
	s.Helper()
	q := query(s, params)
	out := []int{}
	for page := 0; ; page++ {
		r := s.search(q)
		out = append(out, numbers(s, r)...)
		if !r.More {
			return out
		}
		next, err := parse(params + "&cursor=" + q.Cursor(r.Hits[len(r.Hits)-1].Place))
		if err != nil {
			s.Fatalf("the cursor behind page %d: %v", page, err)
		}
		q = next
		if after != nil {
			after(page)
		}
	}
}

func testPaging(_ *testing.T, s *suite) {
	const n = 57
	var articles []newspaper.Article
	for i := range n {
		key := day
		key.Date = fmt.Sprintf("2026-03-%02d", 1+i/10)
		// Many are equally relevant, so that the order hangs on its last keys.
		articles = append(articles, Article(key, i, "同样的标题", fmt.Sprintf("同样的正文，只有编号不同：%d号。", i%3)))
	}
	s.write(1, articles...)
	for _, params := range []string{"q=正文", "q=正文 编号&sort=newest", "sort=oldest", "", "q=0号", "person=无此人", "type=text"} {
		whole := s.find(params + "&limit=100")
		for _, limit := range []int{1, 7, 19, 56, 57, 58, 100} {
			if got := s.walk(fmt.Sprintf("%s&limit=%d", params, limit), nil); !slices.Equal(got, whole) {
				s.Errorf("%s in pages of %d gives %v, in one %v", params, limit, got, whole)
			}
		}
		if r := s.search(query(s, params+"&limit=1")); r.Total != len(whole) {
			s.Errorf("%s: total is %d, not %d", params, r.Total, len(whole))
		}
	}
}

// Articles that arrive or leave while somebody pages through an order by date
// make no other come twice or go missing.
func testPagingWhileWriting(_ *testing.T, s *suite) {
	const n = 40
	for i := range n {
		key := day
		key.Date = fmt.Sprintf("2026-03-%02d", 1+i%20)
		s.write(1, Article(key, i, "旧稿", "旧稿正文"))
	}
	for _, sort := range []string{"newest", "oldest"} {
		sequence := int64(10)
		got := s.walk("q=正文&limit=7&sort="+sort, func(page int) {
			for j, date := range []string{"2026-02-27", "2026-03-10", "2026-04-01"} {
				key := day
				key.Date = date
				s.write(sequence, Article(key, 1000+100*page+j, "新稿", "新稿正文"))
			}
			key := day
			key.Date = "2026-03-10"
			s.write(sequence, Article(key, 2000+page, "插队", "插队正文"))
			sequence++
		})
		old := slices.DeleteFunc(slices.Clone(got), func(i int) bool { return i >= n })
		slices.Sort(old)
		want := make([]int, n)
		for i := range want {
			want[i] = i
		}
		if !slices.Equal(old, want) {
			s.Errorf("%s: paging gives %v", sort, old)
		}
		all := slices.Clone(got)
		slices.Sort(all)
		if len(slices.Compact(all)) != len(got) {
			s.Errorf("%s: paging gives some twice: %v", sort, got)
		}
	}
}

func testHighlights(_ *testing.T, s *suite) {
	a := shelf()[0]
	a.Headlines[0].Value = "第一场<雪>&大雪"
	s.write(1, a)
	q := query(s, "q=雪 孙军")
	r := s.search(q)
	if len(r.Hits) != 1 {
		s.Fatalf("%+v", r)
	}
	var found newspaper.Article
	if err := json.Unmarshal(r.Hits[0].Source, &found); err != nil {
		s.Fatal(err)
	}
	want := map[string][]string{
		search.FieldHeadline: {"第一场&lt;<em>雪</em>&gt;&amp;大<em>雪</em>"},
		search.FieldBody: {
			"昨夜，河阳县普降大<em>雪</em>，城区积<em>雪</em>三厘米。 县交通局局长<em>孙军</em>带队清<em>雪</em>。",
		},
	}
	if got := search.Highlights(&found, q.Words); !reflect.DeepEqual(got, want) {
		s.Errorf("%q", got)
	}
}
