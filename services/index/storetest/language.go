package storetest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

func testLanguage(_ *testing.T, s *suite) {
	s.write(1, shelf()...)
	for params, want := range map[string][]int{
		"q=大雪 OR GDP":                           {1, 2},
		"q=大雪 OR GDP OR 煤矿":                     {1, 2, 5},
		"q=河阳 AND 大雪":                           {1},
		"q=雪 -煤矿":                               {1},
		"q=雪 NOT 煤矿":                            {1},
		"q=-雪":                                  {2, 3, 4},
		"q=-雪 -GDP":                             {3, 4},
		"q=雪 -\"第一场雪\"":                         {5},
		"q=雪 - 煤矿":                              {5}, // a dash on its own is punctuation
		"q=(大雪 OR 煤矿) 县":                        {1, 5},
		"q=（大雪 OR 煤矿） 第一场":                      {1},
		"q=大雪 OR 煤矿 第一场":                        {1}, // AND binds more than OR
		"q=大雪 OR (煤矿 安全)":                       {1, 5},
		"q=-(大雪 OR GDP)":                        {3, 4, 5},
		"q=雪 -(积雪 OR 不存在)":                      {5},
		"q=-(雪 -煤矿)":                            {2, 3, 4, 5},
		"q=雪 OR -县":                             {1, 3, 4, 5},
		"q=headline:雪":                          {1}, // 5 has it in its body
		"q=headline:大雪":                         {},
		"q=body:大雪":                             {1},
		"q=headline:预算报告":                       {2}, // a kicker is headline
		"q=headline:(雪 OR 煤矿)":                  {1, 5},
		"q=headline：雪":                          {1}, // a full-width colon
		"q=caption:湿地":                          {3},
		"q=caption:调试":                          {4},
		"q=byline:周岚":                           {1},
		"q=byline:周":                            {1}, // a text, not a name
		"q=byline:孙军":                           {},
		"q=person:孙军":                           {1}, // exact, as the filter
		"q=person:孙":                            {},
		"q=person:孙军 OR person:孙军明":             {1, 2},
		"q=person:(孙军 OR 孙军明)":                  {1, 2},
		"q=孙军 -person:孙军":                       {2},
		"q=person:孙军 大雪":                        {1},
		"q=person:孙军 GDP":                       {},
		"q=place:河阳县":                           {1, 4},
		"q=place:河阳县 -place:柳湾市":                {1},
		"q=organisation:县人大常委会":                 {2},
		"q=organisation:人大常委会":                  {},
		"q=title:县交通局局长":                        {1},
		"q=title:局长":                            {},
		"q=agency:新华社":                          {2},
		"q=agency:新华社 OR headline:雪":            {1, 2},
		"q=person:\"孙军\"":                       {1},
		"q=5G OR ＡＩ":                            {4},
		"q=雪 孙 县":                               {1}, // several one-character words
		"q=雪 OR 孙":                              {1, 2, 5},
		"q=王 OR 雪":                              {1, 5},
		"q=GDP增长5.2%":                           {2},
		"q=1200座":                               {4},
		"q=第3次会议":                               {2},
		"q=\"5G基站已达1200座\"":                     {4},
		"q=时间：雪":                                {}, // no field of ours: a word
		"q=雪&minConfidence=0.9":                 {1, 5},
		"minConfidence=0.91":                    {},
		"minConfidence=0":                       {1, 2, 3, 4, 5},
		"title=县交通局局长":                          {1},
		"month=2026-03":                         {1, 2, 3, 4},
		"month=2025-12&month=2026-03":           {1, 2, 3, 4, 5},
		"q=-雪&publication=heyang-ribao":         {2},
		"q=雪 OR GDP&from=2026-01-01&person=孙军明": {2},
	} {
		s.Run(params, func(t *testing.T) { s.on(t).finds(params, want...) })
	}
}

// A paper in traditional characters and a reader who types simplified ones find
// one another, and the other way about.
func testVariants(_ *testing.T, s *suite) {
	trad := Article(day, 1, "臺風過後　學校復課", "昨日，南嶼市教育局長陳國華說，颱風過後，全市學校今起復課。")
	trad.People = []newspaper.Person{{Name: "陳國華", Titles: []string{"教育局長"}, Count: 1}}
	trad.Places = []newspaper.Named{{Name: "南嶼市", Count: 1}}
	trad.Creators = []newspaper.Creator{{Role: newspaper.Reporter, Name: "劉敏儀"}}
	simple := Article(day, 2, "学校复课通知", "台风过后，陈国华检查了ＬＥＤ屏和Ｗｉ－Ｆｉ。")
	simple.People = []newspaper.Person{{Name: "陈国华", Count: 1}}
	s.write(1, trad, simple)
	for params, want := range map[string][]int{
		"q=学校":         {1, 2},
		"q=學校":         {1, 2},
		"q=台风过后":       {1, 2},
		"q=颱風":         {1, 2},
		"q=臺":          {1, 2},
		"q=复课":         {1, 2},
		"q=復課 教育局長":    {1},
		"q=陳國華":        {1, 2},
		"person=陈国华":   {1, 2},
		"person=陳國華":   {1, 2},
		"q=person:陳国华": {1, 2},
		"q=place:南屿市":  {1},
		"place=南嶼市":    {1},
		"byline=刘敏仪":   {1},
		"title=教育局长":   {1},
		"q=led屏":       {2},
		"q=LED":        {2},
		"q=ｌｅｄ":        {2},
		"q=wi-fi":      {2},
	} {
		s.Run(params, func(t *testing.T) { s.on(t).finds(params, want...) })
	}
	r := s.search(query(s, "q=颱風&facet=person"))
	if want := []search.Count{{Value: "陈国华", Count: 2}}; !reflect.DeepEqual(r.Facets["person"], want) {
		s.Errorf("%+v", r.Facets)
	}
}

// What the stores refuse they refuse before they are asked; what is odd and
// allowed is answered.
func testRefusals(_ *testing.T, s *suite) {
	s.write(1, shelf()...)
	for params, field := range map[string]string{
		"q=" + strings.Repeat("雪", 34_000):         "q",
		"q=" + strings.Repeat("雪 OR ", 5000) + "雨": "q",
		"q=" + strings.Repeat("雪 ", 33):            "q",
		"q=大雪 \"孙军":                                "q",
		"q=大雪 (孙军":                                 "q",
		"q=*":                                      "q",
		"q=person:":                                "q",
		"q=雪 OR":                                   "q",
		"q=大\x00雪":                                 "q",
		"q=\xed\xa0\x80":                           "q",
		"from=2022-02-30":                          "from",
		"month=2022-13":                            "month",
		"from=2022-10-31&to=2022-10-30":            "from",
		"publication=吕梁日报":                         "publication",
		"facet=author":                             "facet",
		"facet=person&facetSize=101":               "facetSize",
		"minConfidence=2":                          "minConfidence",
		"minConfidence=NaN":                        "minConfidence",
		"limit=101":                                "limit",
		"cursor=abc":                               "cursor",
		"sort=best":                                "sort",
	} {
		s.Run(fmt.Sprintf("%.40s", params), func(t *testing.T) {
			_, err := parse(params)
			if p := fault.ProblemOf(err); p.Kind != fault.Invalid || p.Field != field || p.Remedy == "" && field != "person" {
				t.Errorf("%v: %+v", err, p)
			}
		})
	}
	for params, want := range map[string][]int{
		"q=" + strings.TrimSuffix(strings.Repeat("雪 OR ", 32), " OR "): {1, 5},
		"q=" + strings.TrimSpace(strings.Repeat("雪 ", 32)):             {1, 5},
		"q=" + strings.Repeat("雪", 990):                                {},
		"q=" + strings.Repeat("(", 8) + "雪" + strings.Repeat(")", 8):   {1, 5},
		"q=-(-(-(-雪)))": {1, 5},
		"q=.*":          nil,
		"person=a.*b\\": {},
	} {
		if _, err := parse(params); err != nil && want == nil {
			continue
		}
		s.Run(fmt.Sprintf("%.40s", params), func(t *testing.T) { s.on(t).finds(params, want...) })
	}
}

func testFacets(_ *testing.T, s *suite) {
	s.write(1, shelf()...)
	s.write(2, Withdrawn(shelf()[4], "更正")) // counts no more
	type counts = []search.Count
	all := "facet=publication&facet=month&facet=person&facet=organisation&facet=place&facet=title"
	for params, want := range map[string]map[string]counts{
		all: {
			"publication":  {{Value: "heyang-ribao", Count: 2}, {Value: "liuwan-wanbao", Count: 2}},
			"month":        {{Value: "2026-03", Count: 4}},
			"person":       {{Value: "孙军", Count: 1}, {Value: "孙军明", Count: 1}},
			"organisation": {{Value: "县交通局", Count: 1}, {Value: "县人大常委会", Count: 1}},
			"place":        {{Value: "河阳县", Count: 2}, {Value: "柳湾市", Count: 1}},
			"title":        {{Value: "县交通局局长", Count: 1}},
		},
		"facet=place&facetSize=1":        {"place": {{Value: "河阳县", Count: 2}}},
		"q=雪&facet=place":                {"place": {{Value: "河阳县", Count: 1}}},
		"q=雪&facet=organisation&limit=1": {"organisation": {{Value: "县交通局", Count: 1}}},
		"place=柳湾市&facet=place":          {"place": {{Value: "柳湾市", Count: 1}, {Value: "河阳县", Count: 1}}},
		"q=不存在&facet=place":              {"place": {}},
		"q=雪":                            nil,
		"facet=":                         nil,
		"facet=place&sort=oldest":        {"place": {{Value: "河阳县", Count: 2}, {Value: "柳湾市", Count: 1}}},
	} {
		s.Run(params, func(t *testing.T) {
			got := s.on(t).search(query(t, params)).Facets
			for _, c := range got {
				slices.SortStableFunc(c, func(a, b search.Count) int { return b.Count - a.Count })
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, not %+v", got, want)
			}
		})
	}
}

// Who had which title when.
func testOffices(_ *testing.T, s *suite) {
	for i, o := range []struct{ date, name, title string }{
		{"2025-01-05", "孙军", "县交通局局长"}, {"2025-01-09", "孙军", "县交通局局长"}, {"2025-03-01", "孙军", "副县长"}, {"2025-03-02", "孙军明", "主任"},
	} {
		key := day
		key.Date = o.date
		a := Article(key, i, "标题", "正文")
		a.People = []newspaper.Person{{Name: o.name, Titles: []string{o.title}, Count: 1}}
		s.write(1, a)
	}
	q := query(s, "person=孙军")
	q.Facets = []search.Facet{{Name: "office", Field: search.FieldOffice, Prefix: search.Office("孙军", "", ""), Size: 10}}
	want := []search.Count{{Value: search.Office("孙军", "县交通局局长", "2025-01"), Count: 2}, {Value: search.Office("孙军", "副县长", "2025-03"), Count: 1}}
	if got := s.search(q).Facets["office"]; !reflect.DeepEqual(got, want) {
		s.Errorf("%v", got)
	}
}

func testSuggest(_ *testing.T, s *suite) {
	s.write(1, shelf()...)
	again := shelf()[0]
	again.URI = day.ArticleURI("000000aa")
	s.write(1, again)
	s.write(2, again) // replaced: counts once
	gone := shelf()[4]
	gone.People = []newspaper.Person{{Name: "孙不见", Count: 1}}
	s.write(2, gone)
	s.write(3, Withdrawn(gone, "更正"))
	for params, want := range map[string]string{
		"q=孙":                        "person 孙军 2, person 孙军明 1",
		"q=孫軍":                       "person 孙军 2, person 孙军明 1",
		"q=孙军明":                      "person 孙军明 1",
		"q=县":                        "organisation 县交通局 2, organisation 县人大常委会 1",
		"q=县&kind=title":             "title 县交通局局长 2",
		"q=县&limit=1":                "organisation 县交通局 2",
		"q=河":                        "place 河阳县 3",
		"q=河&kind=person":            "",
		"q=周&kind=byline":            "byline 周岚 2",
		"q=孙&kind=person&kind=place": "person 孙军 2, person 孙军明 1",
		"q=军":                        "", // beginnings only
		"q=.*":                       "",
		"q=孙.":                       "",
	} {
		s.Run(params, func(t *testing.T) {
			b, err := search.ParseBeginning(values(params))
			if err != nil {
				t.Fatal(err)
			}
			found, err := s.Store.Suggest(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				got = append(got, fmt.Sprintf("%s %s %d", f.Kind, f.Value, f.Count))
			}
			if strings.Join(got, ", ") != want {
				t.Errorf("%q", got)
			}
		})
	}
}

// A question finds what has most of it.
func testRelaxed(_ *testing.T, s *suite) {
	s.write(1, shelf()...)
	for params, want := range map[string][]int{
		"q=河阳什么时候下了大雪":      {1},
		"q=孙军是哪个局的局长":       {1},
		"q=湿地公园在哪里可以观鸟":     {3},
		"q=全市有多少5G基站":       {4},
		"q=\"观鸟\" 柳湾公园游客怎样": {3},
		"q=外星飞船登陆火星基地":      {},
	} {
		s.Run(params, func(t *testing.T) {
			q, ok := query(t, params).Relax()
			if !ok {
				t.Fatal("is not relaxed")
			}
			r := s.on(t).search(q)
			got := numbers(t, r)
			if len(got) == 0 && len(want) == 0 {
				return
			}
			if len(got) == 0 || len(want) == 0 || got[0] != want[0] {
				t.Errorf("%v, not %v first", got, want)
			}
		})
	}
}

func testRelated(_ *testing.T, s *suite) {
	all := shelf()
	twin := Article(day, 6, "大雪之后交通恢复", "县交通局局长孙军说，道路已经畅通。")
	twin.People, twin.Organisations, twin.Places = all[0].People, all[0].Organisations, all[0].Places
	s.write(1, append(all, twin)...)
	q, ok := search.Related(&all[0], 5)
	if !ok {
		s.Fatal("nothing to go by")
	}
	if got := numbers(s, s.search(q)); len(got) < 2 || got[0] != 1 || got[1] != 6 || slices.Contains(got, 3) {
		s.Errorf("%v", got)
	}
	if _, ok := search.Related(&newspaper.Article{}, 5); ok {
		s.Error("an article without names and headline has something to go by")
	}
}

// Hits are counted to a limit, and said to be more than that beyond it.
func testTotal(_ *testing.T, s *suite) {
	const batch = 1000
	var source json.RawMessage
	fill := func(from, to int) {
		writes := make([]search.Write, 0, batch)
		for i := from; i < to; i++ {
			a := Article(day, i, "", "短讯")
			a.Headlines = nil
			source, _ = json.Marshal(a)
			writes = append(writes, search.Write{URI: a.URI, Sequence: 1, Article: a, Source: source})
		}
		for from := 0; from < len(writes); from += batch {
			for _, v := range s.Store.Write(s.Context(), writes[from:min(from+batch, len(writes))]) {
				if v.Err != nil {
					s.Fatal(v.Err)
				}
			}
		}
		if s.Refresh != nil {
			if err := s.Refresh(s.Context()); err != nil {
				s.Fatal(err)
			}
		}
	}
	fill(0, search.MaxTotal)
	for _, params := range []string{"", "q=短讯", "facet=publication", "q=短讯&sort=oldest&limit=1"} {
		if r := s.search(query(s, params)); r.Total != search.MaxTotal || r.AtLeast {
			s.Errorf("%q of %d: %d, %v", params, search.MaxTotal, r.Total, r.AtLeast)
		}
	}
	fill(search.MaxTotal, search.MaxTotal+3)
	for _, params := range []string{"", "q=短讯", "facet=publication", "q=短讯&sort=oldest&limit=1"} {
		r := s.search(query(s, params))
		if r.Total != search.MaxTotal || !r.AtLeast {
			s.Errorf("%q of %d: %d, %v", params, search.MaxTotal+3, r.Total, r.AtLeast)
		}
		if c := r.Facets["publication"]; params == "facet=publication" && (len(c) != 1 || c[0].Count != search.MaxTotal+3) {
			s.Errorf("facets count %+v", c)
		}
	}
}
