package main

import (
	"slices"
	"strings"

	_ "embed"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/lexicon"
)

// press are sentences of other kinds of papers and of other times: agencies,
// finance, sport, courts, culture, the world, lists of names, notices, and
// sentences without a name. Slots are those of templates and the ones below;
// [北约/ORG] is a fixed name.
//
//go:embed press.txt
var press string

// styles are headlines, which have no punctuation and clipped names, stories of
// unknown places and nicknames, papers of Taiwan and Hong Kong, notices,
// interviews, and sentences of words that look like names.
//
//go:embed styles.txt
var styles string

// sections are names by kind, from the lists of package lexicon.
type sections struct{ banks, companies, media, academies, teams, ministries, countries, cities []string }

// longestCountry leaves out the table's descriptions, in characters.
const longestCountry = 6

func readSections() sections {
	return sections{
		banks:      lexicon.Section("organs.txt", "Companies: banks"),
		companies:  lexicon.Section("organs.txt", "Companies"),
		media:      lexicon.Section("organs.txt", "Media"),
		academies:  lexicon.Section("organs.txt", "Universities"),
		teams:      lexicon.Section("organs.txt", "Teams"),
		ministries: lexicon.Section("organs.txt", "Central organs"),
		countries:  slices.DeleteFunc(lexicon.Countries(), func(name string) bool { return len(name) > 3*longestCountry }),
		cities:     lexicon.Section("places.txt", "World"),
	}
}

var (
	worldTitles = strings.Fields("总统 首相 总理 主席 国王 副总统 副总理 外长 外交部长 国防部长 防长 财政部长 财长 议长 参议长 国务卿 内政部长 商务部长 外交大臣 国防大臣 女王 总统候选人 新闻发言人 驻联合国大使")
	highTitles  = strings.Fields("国家主席 国家副主席 国务委员 副总理 国务院副总理 委员长 副委员长 省长 副省长 市长 副市长 省委书记 市委书记 秘书长 中央军委主席")
	dates       = strings.Fields("28日 10月28日 3日 昨日 今天 昨天 12日 1月5日 20日 当天 日前 近日 9月30日 ２８日 ６月１日")
	poets       = strings.Fields("李白 杜甫 白居易 苏轼 王维 陆游 辛弃疾 李清照 孟浩然 杜牧 李商隐 刘禹锡 欧阳修 王安石 范仲淹 柳宗元")
	venues      = strings.Fields("公园 广场 体育馆 体育场 体育中心 会展中心 大剧院 影剧院 古城 古镇 风景区 景区 森林公园 湿地公园 水库 寺 山 湖 文化广场 烈士陵园 故居 火车站 大酒店 国际酒店 礼堂 书院")
	knownVenues = strings.Fields("人民大会堂 钓鱼台国宾馆 中南海 天安门广场 国家大剧院 首都体育馆 故宫 长城 颐和园 国家体育场 工人体育场 北京图书大厦 国家会议中心 上海展览中心 五台山 云冈石窟 黄果树瀑布")
	halls       = strings.Fields("图书馆 博物馆 文化馆 美术馆 档案馆 群众艺术馆 科技馆 纪念馆 少年宫 规划馆 妇幼保健院 人民医院 第一中学 实验小学 职业中学 老年大学 融媒体中心 公安局 疾控中心")
	schools     = strings.Fields("大学 师范大学 医科大学 理工大学 财经大学 农业大学 科技大学 学院 师范学院 职业技术学院 人民医院 第一人民医院 中心医院 中医院 肿瘤医院 大学附属医院 大学第一附属医院 研究院 农科院 社科院")
	institutes  = strings.Fields("人民法院 中级人民法院 人民检察院 小学 中学 第二小学 第三中学 实验幼儿园 福利院 敬老院 养老院 派出所 消防救援大队 公安局交警大队 职业教育中心 特殊教育学校 希望小学 第一小学")
	police      = strings.Fields("人民法院 公安局 公安分局 人民检察院 公安局刑警大队 交警大队 派出所")
	publishers  = strings.Fields("人民出版社 商务印书馆 中华书局 作家出版社 三联书店 人民文学出版社 学习出版社 党建读物出版社 新世界出版社 中信出版社 上海译文出版社 文物出版社 希望出版社 北岳文艺出版社 山西人民出版社 译林出版社 接力出版社 中央文献出版社 外文出版社 科学出版社")
	provinces   = strings.Fields("山西 河北 河南 山东 江苏 浙江 安徽 福建 江西 湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海 辽宁 吉林 黑龙江")
	groups      = strings.Fields("创文办第一督查组 防汛指挥部 疫情防控指挥部 巩卫办督导组 环保督察组 项目建设指挥部 大会秘书处 文件起草组 大会文件起草组 第三督导组 信访工作专班 联合调查组")
	clubs       = strings.Fields("米兰 罗马 利物浦 巴勒莫 马略卡 毕尔巴鄂 拉科 奥萨苏纳 富勒姆 拉齐奥 热刺 巴塞罗那 马德里 塞维利亚 瓦伦西亚 佛罗伦萨 那不勒斯 博洛尼亚 都灵 帕尔马 多特蒙德 不来梅 汉堡 科隆 柏林赫塔 里昂 马赛 摩纳哥 里尔 波尔图 埃弗顿 桑德兰 布莱克本 博尔顿 维冈 切尔西 曼联 阿森纳 国安 申花 鲁能 恒大 泰达 建业 实德 斯巴达 基辅迪纳摩 顿涅茨克矿工 加拉塔萨雷 费内巴切 凯尔特人 流浪者 山西队 辽宁队 广东队 八一队 上海队 北京队")
	forces      = strings.Fields("红四方面军 红一方面军 红二十五军 红二十六军 红三军团 八路军一二〇师 八路军一二九师 新四军一师 晋绥军区 第一野战军 第二野战军 第三野战军 第四野战军 第十四集团军 第二十七集团军 某集团军 北京军区 沈阳军区 济南军区 南京军区 成都军区 兰州军区 广州军区 武警山西总队 武警某支队 总后某基地 空军某部 海军某舰队 东海舰队 南海舰队 北海舰队 第二炮兵 某边防团")
	bureaus     = strings.Fields("规划司 综合司 财务司 人事司 办公厅 国际合作司 政策法规司 科技司 基础教育司 社会保险司 信息中心 政策研究中心 宣传局 干部局")
	foreignEnds = strings.Fields("市 州 省 镇 岛 河 湖 山 港 区 半岛 海滩 机场 大道")
	waters      = strings.Fields("河 江 湖 水库 灌区 山 岭 峡谷 牧场 草原 车站 古镇 老街 渡口 水电站 大桥 隧道 湾 口 沟 大草甸 高速口 服务区 林场 湿地 岛 半岛 村 寨")
	nearby      = strings.Fields("老 小 老 小 老 小 阿")
	trading     = strings.Fields("置业 地产 期货 证券 传媒 能源 特钢 钢铁 煤业 电力 乳业 水泥 制药 汽车 建设集团 路桥建设集团 水务集团 机床厂 纺织厂 糖厂 供电公司 酒厂 食品厂 客运公司 旅行社 俱乐部 书店 合作社 人才市场 商会 基金会 研究会")
	taiwan      = strings.Fields("台北 台北市 新北市 板桥 板桥区 信义区 中正区 大安区 士林 北投 淡水 基隆 基隆市 桃园 桃园市 中坜 新竹 新竹县 竹东镇 苗栗 苗栗县 台中 台中市 丰原 彰化 彰化县 鹿港镇 南投县 埔里镇 云林县 斗六市 嘉义 嘉义县 阿里山乡 台南 台南市 高雄 高雄市 旗山区 屏东 屏东县 恒春镇 宜兰 宜兰县 罗东镇 花莲 花莲县 台东 台东县 澎湖 金门 马祖 日月潭 垦丁")
	taiwanUnits = strings.Fields("政府 政府文化局 政府交通局 议会 警察局 消防局 环保局 卫生局 农会 国小 国中 高中 区公所 乡公所 镇公所 渔会 水产试验所 农业改良场 地检署 地方法院 文化中心 美术馆 客运")
	taiwanTitle = strings.Fields("立委 议员 市议员 县长 市长 里长 村长 乡长 镇长 区长 局长 总干事 理事长 执行长 董事长 发言人 立法院长 行政院长")
	hongkong    = strings.Fields("旺角 中环 铜锣湾 湾仔 尖沙咀 九龙 沙田 元朗 屯门 荃湾 深水埗 观塘 将军澳 北角 上水 粉岭 大埔 西环 香港仔 赤柱 红磡 油麻地 葵涌 东涌 大屿山 新界 港岛 氹仔 路环")
	armies      = strings.Fields("海军 空军 陆军 国防军 海岸警卫队 特种部队 边防军 央行 国家银行 国家队 足协 奥委会 宪法法院 选举委员会 文化遗产部 国家科学院 航天局 能源部 卫生部")
	oneCountry  = []rune("美俄英法德日韩印欧非澳意加朝越缅")
)

// foreigner is a transliterated name, whole or family name alone.
func (a *augmenter) foreigner() string {
	if a.random.IntN(2) == 0 {
		return a.pick(a.foreign)
	}
	return a.pick(a.foreign) + "·" + a.pick(a.foreign)
}

// fillPress fills the slots of press that templates lack. It reports false for
// one that is unknown.
func (a *augmenter) fillPress(w *writer, slot string) bool {
	per, loc, org, title := newspaper.PER, newspaper.LOC, newspaper.ORG, newspaper.TITLE
	one := func() string { return string(oneCountry[a.random.IntN(len(oneCountry))]) }
	orNot := func(name string) string {
		if a.random.IntN(2) == 0 {
			return name
		}
		return ""
	}
	level := func() string {
		if a.random.IntN(2) == 0 {
			return levels[a.random.IntN(len(levels))]
		}
		return a.pick(a.divisions)
	}
	switch slot {
	case "D":
		w.plain(a.pick(dates))
	case "y":
		w.plain(a.pick(a.known.countries))
	case "Y1":
		w.plain(one())
	case "G":
		w.mention(a.foreigner(), per)
	case "J":
		w.mention(a.pick(a.japanese)+orNot(a.pick(a.japanese)), per)
	case "P1":
		w.mention(a.pick(poets), per)
	case "Y":
		w.mention(a.pick(a.known.countries), loc)
	case "Z":
		w.mention(a.abroad(), loc)
	case "I5":
		w.mention(orNot(a.pick(a.shorts))+a.syllable(2)+a.pick([]string{"寺", "观", "庙", "塔", "祠", "书院"}), loc)
	case "Z2":
		w.mention(a.pick(a.foreign)+orNot(a.pick(foreignEnds)), loc)
	case "Z3":
		w.mention(a.pick(a.foreign)+"州", loc)
	case "L1":
		w.mention(a.pick(a.shorts)+"市", loc)
	case "L2":
		w.mention(a.pick(provinces)+"省", loc)
	case "I2":
		if a.random.IntN(4) == 0 {
			w.mention(a.pick(knownVenues), loc)
		} else {
			w.mention(orNot(a.pick(a.shorts))+a.syllable(2)+a.pick(venues), loc)
		}
	case "C6":
		w.mention(a.pick(a.shorts)+"机场", loc)
	case "v":
		w.mention(a.syllable(2), loc)
	case "L4":
		w.mention(orNot(a.pick(a.shorts))+a.syllable(1+a.random.IntN(2))+a.pick(waters), loc)
	case "T1":
		w.mention(a.taiwanPlace(), loc)
	case "H1":
		w.mention(a.pick(hongkong), loc)
	case "T3":
		w.mention(a.pick(taiwanTitle), title)
	case "K2":
		w.mention(a.pick(nearby)+string(frequent[a.random.IntN(100)]), per)
	case "X":
		w.mention(a.pick(worldTitles), title)
	case "H2":
		w.mention(a.pick(highTitles), title)
	default:
		name := a.pressOrgan(slot, orNot, level)
		if name == "" {
			return false
		}
		w.mention(name, org)
	}
	return true
}

// abroad is a city of the world, a large one half of the time.
func (a *augmenter) abroad() string {
	if a.random.IntN(2) == 0 {
		return a.pick(a.world)
	}
	return a.pick(a.known.cities)
}

// taiwanPlace is a known place of Taiwan, or a made village.
func (a *augmenter) taiwanPlace() string {
	if a.random.IntN(3) == 0 {
		return a.syllable(2) + a.pick([]string{"里", "乡", "村", "镇", ""})
	}
	return a.pick(taiwan)
}

func (a *augmenter) pressOrgan(slot string, orNot func(string) string, level func() string) string {
	switch slot {
	case "M":
		return a.pick(a.known.media)
	case "A":
		return a.pick(a.known.ministries)
	case "E":
		if a.random.IntN(2) == 0 {
			return a.pick(clubs)
		}
		return a.pick(a.known.teams)
	case "E2":
		return a.pick(a.known.countries) + "队"
	case "B":
		if a.random.IntN(3) == 0 {
			return orNot(a.pick(a.shorts)) + a.pick(works) + a.pick(trades)
		}
		return a.pick(a.known.companies)
	case "U":
		if a.random.IntN(3) == 0 {
			return a.pick(a.known.academies)
		}
		return a.pick(a.shorts) + a.pick(schools)
	case "U2":
		return a.pick(publishers)
	case "B3":
		return a.pick(a.known.banks) + a.place() + a.pick([]string{"分行", "支行", "支行", "营业部"})
	case "B4":
		return orNot(a.pick(a.shorts)) + a.pick(works) + a.pick(trading)
	case "T2":
		return a.taiwanPlace() + a.pick(taiwanUnits)
	case "C9":
		return a.pick(a.known.countries) + a.pick(armies)
	case "I3":
		return a.pick(a.divisions) + orNot(a.syllable(2)) + a.pick(institutes)
	case "I4":
		return level() + a.pick(halls)
	case "C1":
		return a.pick(provinces) + "省委"
	case "C2":
		return a.pick(a.shorts) + "县委"
	case "C3":
		return a.pick(a.shorts) + "市委"
	case "C4":
		return a.pick(a.divisions) + a.pick(police)
	case "C5":
		return a.pick(a.shorts) + a.pick([]string{"机场", "火车站", "高铁站", "海关", "车务段"})
	case "Q1":
		return a.pick(forces)
	case "O4":
		return a.abroad() + a.pick([]string{"孤儿院", "大学", "医院", "警察局", "博物馆", "市政府"})
	case "A2":
		return a.pick(a.known.ministries) + a.pick(bureaus)
	case "B2":
		return a.pick([]string{"北京", "上海", "深圳", "香港", "", ""}) + a.pick(works) + orNot(a.pick([]string{"中心", "国际", "拍卖", "传媒", "文化", "珠宝", "资本", "地产"}))
	case "C8":
		return a.pick(a.known.countries) + a.pick([]string{"商务部", "财政部", "国防部", "内政部", "央行", "最高法院", "国会", "议会"})
	case "C7":
		return a.pick(a.known.countries) + "外交部"
	case "O3":
		return level() + a.pick(groups)
	}
	return ""
}
