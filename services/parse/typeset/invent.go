package typeset

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Invent makes n articles of local news out of phrases. Nothing in them is so;
// they read well enough for a parser. The same seed gives the same articles.
func Invent(n int, seed uint64) []Article {
	r := rand.New(rand.NewPCG(seed, 0x1A7E57))
	out := make([]Article, n)
	for i := range out {
		s := story{r: r, place: pick(r, inventedPlaces) + pick(r, []string{"县", "区", "镇", "市"}), thing: pick(r, inventedThings), who: pick(r, inventedOffices)}
		s.leader = string(pick(r, surnames)) + string(pick(r, givens)) + string(pick(r, givens))
		out[i] = s.article()
	}
	return out
}

// story is what one invented article speaks of.
type story struct {
	r                         *rand.Rand
	place, thing, who, leader string
}

var (
	inventedPlaces  = strings.Fields("清源 河阳 柳湾 青石 云岭 海棠 临江 白塔 安澜 鹿鸣 石桥 南屿 松台 双河 金坪 望山 枫林 古渡 长亭 沙洲 桃溪 竹园 银滩 雁门")
	inventedThings  = strings.Fields("春耕备耕 供水管网改造 老旧小区改造 食用菌产业 乡村公路建设 图书馆新馆 防汛演练 中小学课后服务 高标准农田 古树保护 公交线路优化 电商直播 非遗展演 森林防火 社区养老 污水处理 旅游旺季 粮食收购 职业技能培训 科普宣传 疫苗接种 河道清淤 文物普查 夜市经济 果树嫁接 工业园区 校园足球 地方戏曲 农机作业 垃圾分类")
	inventedOffices = strings.Fields("农业农村局 住建局 教育局 交通运输局 文旅局 应急管理局 水务局 商务局 民政局 自然资源局")
	inventedVerbs   = strings.Fields("有序推进 全面启动 取得新进展 提质增效 惠及千家万户 按下快进键 开出幸福花 交出新答卷 再添新动能 扎实开展")
)

func (s *story) number() string { return fmt.Sprint(1 + s.r.IntN(900)) }

func (s *story) article() Article {
	a := Article{Title: s.place + s.thing + pick(s.r, inventedVerbs)}
	switch s.r.IntN(5) {
	case 0:
		a.Kicker = s.leader + "在" + s.place + "调研时强调"
		a.Title = "扎实做好" + s.thing + "各项工作"
	case 1:
		a.Deck = s.leader + pick(s.r, []string{"出席", "主持会议并讲话", "参加活动"})
	case 2:
		a.Deck = "今年已投入资金" + s.number() + "万元"
	}
	a.Paragraphs = []string{s.lead()}
	for range s.r.IntN(7) {
		a.Paragraphs = append(a.Paragraphs, s.more())
	}
	return a
}

func (s *story) lead() string {
	return pick(s.r, []string{
		"近日，记者从" + s.place + s.who + "获悉，" + s.place + s.thing + "项目" + pick(s.r, inventedVerbs) + "，共投入资金" + s.number() + "万元，预计年底前完成。",
		fmt.Sprintf("%d月%d日，%s召开%s工作推进会，安排部署下一阶段工作。%s主要负责人%s参加会议并讲话。", 1+s.r.IntN(12), 1+s.r.IntN(28), s.place, s.thing, s.place, s.leader),
		"走进" + s.place + "，处处都能感受到" + s.thing + "带来的变化。“以前想都不敢想，现在家门口就能办成。”村民" + s.leader + "高兴地说。",
		"连日来，" + s.place + s.who + "组织" + s.number() + "名干部深入一线，围绕" + s.thing + "开展走访，解决实际问题" + s.number() + "个。",
	})
}

func (s *story) more() string {
	sentences := []string{
		"据了解，" + s.thing + "涉及" + s.place + s.number() + "户居民，", "在" + s.thing + "现场，工作人员正在紧张忙碌，",
		s.leader + "表示，要进一步压实责任，", "下一步，" + s.place + s.who + "将继续做好" + s.thing + "，",
		"为了做好" + s.thing + "，" + s.place + "成立了工作专班，", "去年以来，" + s.place + "先后争取资金" + s.number() + "万元，",
	}
	ends := []string{"让群众得到更多实惠。", "确保各项任务按时完成。", "力争早日见到成效。", "目前已完成总工程量的" + fmt.Sprint(20+s.r.IntN(70)) + "%。", "受到群众的一致好评。", "为高质量发展打下坚实基础。"}
	var b strings.Builder
	for range 1 + s.r.IntN(4) {
		b.WriteString(pick(s.r, sentences) + pick(s.r, ends))
	}
	return b.String()
}
