package main

import (
	"strings"

	_ "embed"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/corpus"
)

// templates are sentences of local news, written for Broadsheet. A slot stands
// in braces: {P} person, {L} place, {S} short place name, {T} township,
// {C} community or village, {R} road, {O} local organ, {D} department,
// {I} institution, {F} its part, {H} title of a body's head, {W} title of a
// committee, {V} profession, {K} surname with a courtesy word, {N} surname.
//
//go:embed templates.txt
var templates string

var (
	departments = strings.Fields("教育 财政 民政 司法 人社 公安 住建 交通 交通运输 水利 水务 农业农村 商务 文旅 文化和旅游 卫健 应急 应急管理 审计 市场监管 统计 医保 信访 乡村振兴 城管 林业 林草 税务 气象 体育 科技 工信 发改 能源 自然资源 生态环境 规划和自然资源 退役军人事务 行政审批服务 政务服务 大数据 园林 环卫 粮食和物资储备 机关事务 国防动员 地方金融 投资促进 供销 残疾人 档案 文物 房产 住房公积金 社会保险 就业服务")
	offices     = strings.Fields("创文 创城 防汛 扶贫 改革 防疫 综改 巩卫 河长 招商 信访 编 外事 台 侨 保密 督查 考核 国安 老龄 普法 双拥 创卫 环委 安委 食安 禁毒 绿化 地方志")
	committees  = strings.Fields("组织部 宣传部 统战部 政法委 办公室 政研室 网信办 编办 巡察办 老干部局 党校 直属机关工委 社会工作部 督查室")
	suffixes    = strings.Fields("局 局 局 厅 委 中心 服务中心 事务中心")
	parts       = strings.Fields("办公室 社保中心 待遇科 综合科 人事科 宣传科 文艺科 执法大队 监察大队 服务中心 信息中心 第一督查组 第二督导组 第三工作组 机关党委 法规科 规划科 基层科 业务科 执法支队 稽查科 指挥中心 窗口 工作专班 监测站 管理所 市场科 项目科 艺术科 财务科 督查科 工程队")
	bodies      = strings.Fields("疫情防控指挥部 防汛抗旱指挥部 森林草原防灭火指挥部 项目建设指挥部 领导小组 关工委 文联 作协 书协 摄影家协会 书法家协会 美术家协会 音乐家协会 企业联合会 工商联 总工会 妇联 残联 红十字会 慈善总会 科协 社科联 侨联 记协 志愿者协会 老年大学 供销社 供电公司 公交公司 自来水公司 热力公司 城投公司 文旅集团 融媒体中心 广播电视台 日报社 图书馆 博物馆 文化馆 美术馆 档案馆 科技馆 群艺馆 体育中心 疾控中心 人民医院 中医院 妇幼保健院 第一医院 实验小学 第一中学 职业中学 幼儿园 消防救援支队 消防救援大队 公安局 交警支队 交警大队 特警支队 派出所 法院 中级人民法院 检察院 监委 纪委监委 武警支队 军分区 人武部 气象局 税务局 烟草局 邮政局 农商银行 人大 人大常委会 政协 政府 委 政府办公室 委办公室 见义勇为协会 消费者协会 商会 羽毛球协会 农业技术推广中心 动物疫病预防控制中心 殡葬管理所 救助管理站 养老服务中心 不动产登记中心 公共资源交易中心 政务服务中心")
	places      = strings.Fields("新时代文明实践中心 新时代文明实践站 新时代文明实践所 党群服务中心 人民政府 政府 村委会 居委会 党委 党支部 卫生院 卫生服务中心 中心小学 中心校 派出所 司法所 敬老院 便民服务中心 综治中心 文化站 供电所 人民法庭 专业合作社 养殖合作社 种植专业合作社 小学 幼儿园 财政所 农技站 水管站 税务所")
	works       = strings.Fields("鸿远 恒泰 金鑫 华康 天源 绿农 晋丰 盛达 宏图 瑞丰 东升 德源 兴业 永昌 嘉禾 凯达 中天 万通 鹏程 新凯 明珠 九州 龙腾 润泽 百川 惠民 众兴 锦绣 康达 远航")
	trades      = strings.Fields("农业科技有限公司 煤业有限公司 建筑工程有限公司 食品有限公司 新能源有限公司 化工集团 煤焦集团 房地产开发有限公司 商贸有限公司 文化传媒有限公司 物流有限公司 酒业股份有限公司 药业有限公司 机械制造有限公司 科技股份有限公司 生态农业开发有限公司 物业公司 装备制造有限公司 集团 纺织有限公司 电子科技公司 律师事务所")
	heads       = strings.Fields("主任 副主任 局长 副局长 书记 副书记 党组书记 部长 副部长 常务副部长 科长 副科长 处长 厅长 副厅长 主席 副主席 秘书长 副秘书长 会长 副会长 院长 副院长 校长 副校长 馆长 站长 所长 队长 大队长 支队长 总经理 副总经理 董事长 经理 负责人 相关负责人 工作人员 组长 副组长 党委书记 党委副书记 党支部书记 纪检组长 二级调研员 四级调研员 总工程师 台长 社长 总编辑 中队长 指导员 政委 理事长 园长 行长 检察长 办公室主任 党组成员 一级巡视员")
	chiefs      = strings.Fields("市委书记 市委副书记 市委常委 市长 副市长 常务副市长 代市长 县委书记 县委副书记 县委常委 县长 副县长 常务副县长 区委书记 区委副书记 区长 副区长 镇党委书记 镇长 副镇长 乡党委书记 乡长 省委书记 省委副书记 省委常委 省长 副省长 常务副省长 市领导 县领导 区领导 省领导 市政协委员 省政协委员 全国人大代表 市人大代表 省人大代表 县政协委员 村党支部书记 村委会主任 村支书 驻村第一书记 社区党委书记 街道党工委书记 州委书记 州长 旗委书记 旗长 党组书记 党组成员 党委书记 党委副书记")
	professions = strings.Fields("教授 副教授 研究员 院士 医生 主任医师 护士长 律师 工程师 高级农艺师 农业首席专家 技术员 教练 导演 作家 画家 诗人 校长 教师 班主任 民警 交警 网格员 店长 厂长 车间主任 项目经理 司机 养殖户 驻村干部 护林员 讲解员 非遗传承人 董事长 总经理 创始人 企业负责人 志愿者")
	courtesies  = strings.Fields("女士 先生 某 某某 师傅 大爷 大妈 阿姨 大姐 奶奶 老汉")
	roads       = strings.Fields("路 街 大街 大道 南路 北路 东路 西路 东街 西街 巷 中路 公路 大桥 广场 公园 小区")
	villages    = strings.Fields("村 村 村 社区 社区 新村 庄 沟 小区")
	syllables   = []rune("东西南北中新兴龙凤山河水泉林石王李张家刘庄桥头口店坪沟湾塔寺堡营阳光明和平安康乐富丰华建设文昌学府滨江湖景云翠竹松柏梅兰莲花金银玉宝福禄寿喜永长久大小上下前后高黄白青红")
)

// template fills one template at random. Places and organisations that touch
// are one name.
func (a *augmenter) template(line string) corpus.Text {
	w := writer{joins: true}
	for line != "" {
		i := strings.IndexAny(line, "{[")
		if i < 0 {
			w.plain(line)
			break
		}
		w.plain(line[:i])
		closing := map[byte]string{'{': "}", '[': "]"}[line[i]]
		slot, after, _ := strings.Cut(line[i+1:], closing)
		if name, kind, ok := strings.Cut(slot, "/"); ok && closing == "]" {
			w.mention(name, kind)
		} else {
			a.fill(&w, slot)
		}
		line = after
	}
	return w.text()
}

func (a *augmenter) syllable(n int) string {
	var s strings.Builder
	for range n {
		s.WriteRune(syllables[a.random.IntN(len(syllables))])
	}
	return s.String()
}

func (a *augmenter) fill(w *writer, slot string) {
	switch slot {
	case "P":
		w.mention(a.person(), newspaper.PER)
	case "L":
		w.mention(a.place(), newspaper.LOC)
	case "S":
		w.mention(a.pick(a.shorts), newspaper.LOC)
	case "T":
		w.mention(a.pick(a.towns), newspaper.LOC)
	case "C":
		w.mention(a.prefix()+a.syllable(2+a.random.IntN(2))+a.pick(villages), newspaper.LOC)
	case "R":
		w.mention(a.syllable(2)+a.pick(roads), newspaper.LOC)
	case "O":
		w.mention(a.organ(), newspaper.ORG)
	case "I":
		w.mention(a.institution(), newspaper.ORG)
	case "H":
		w.mention(a.pick(heads), newspaper.TITLE)
	case "W":
		w.mention(a.pick(chiefs), newspaper.TITLE)
	case "V":
		w.mention(a.pick(professions), newspaper.TITLE)
	case "K":
		w.mention(string(frequent[a.random.IntN(len(frequent))])+a.pick(courtesies), newspaper.PER)
	case "N":
		w.mention(string(frequent[a.random.IntN(len(frequent))]), newspaper.PER)
	default:
		if !a.fillPress(w, slot) {
			panic("templates: no slot " + slot) // a mistake in the embedded files
		}
	}
}

// prefix is a place that a longer name may begin with, or none.
func (a *augmenter) prefix() string {
	switch a.random.IntN(6) {
	case 0:
		return a.pick(a.divisions)
	case 1:
		return a.pick(a.towns)
	case 2:
		return a.pick(a.divisions) + a.pick(a.towns)
	}
	return ""
}

// organ is a party or state organ: the level or a division, a department, and
// now and then a part of it.
func (a *augmenter) organ() string {
	level := levels[a.random.IntN(len(levels))]
	switch a.random.IntN(4) {
	case 0:
		level = a.pick(a.divisions)
	case 1:
		if a.random.IntN(3) == 0 {
			level = ""
		}
	}
	name := level + a.pick(departments) + a.pick(suffixes)
	switch a.random.IntN(8) {
	case 0, 1, 2:
		if level == "" {
			level = "市"
		}
		name = level + a.pick(bodies)
	case 3:
		if level == "" {
			level = "县"
		}
		name = level + "委" + a.pick(committees)
	case 4:
		if level == "" {
			level = "区"
		}
		name = level + a.pick(offices) + "办"
	}
	if a.random.IntN(6) == 0 {
		name += a.pick(parts)
	}
	return name
}

// institution is a company, or an institution of a township, village or community.
func (a *augmenter) institution() string {
	switch a.random.IntN(3) {
	case 0:
		place := a.prefix()
		if place == "" && a.random.IntN(2) == 0 {
			place = a.pick(a.shorts)
		}
		return place + a.pick(works) + a.pick(trades)
	case 1:
		return a.pick(a.divisions) + a.pick(places)
	}
	place := a.prefix() + a.syllable(2+a.random.IntN(2)) + a.pick(villages)
	if a.random.IntN(2) == 0 {
		place = a.pick(a.towns)
		if a.random.IntN(2) == 0 {
			place = a.pick(a.divisions) + place
		}
	}
	return place + a.pick(places)
}
