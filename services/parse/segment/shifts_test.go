package segment

import (
	"testing"

	"broadsheet/services/parse/document"
)

// TestHeadlinesOnePlaceOff: two articles that tell the same story in the same words; the
// second headline even has words of the first text.
func TestHeadlinesOnePlaceOff(t *testing.T) {
	const text = `柳林乡修路有序推进

　　本报讯（记者 赵明远）连日来，柳林乡修路
工作再添新绿，进展顺利。
　　柳林乡市水务局负责人李志强在现场说，今年
的修路比往年准备得更早，各项工作都已经安排到
人。
　　据了解，柳林乡的修路由市水务局牵头，李志
强带着工作人员挨家挨户上门，把政策讲给大家听
。
　　“村里的路好走了，日子也更有盼头。”柳林
乡居民李志强说，市水务局给他们解决了多年的难
题，修路的事大家都看在眼里。

北山市修路再添新绿

　　本报讯（记者 周海燕）连日来，北山市修路
工作有序推进，进展顺利。
　　北山市县农业农村局负责人杨海燕在现场说，
今年的修路比往年准备得更早，各项工作都已经安
排到人。
　　据了解，北山市的修路由县农业农村局牵头，
杨海燕带着工作人员挨家挨户上门，把政策讲给大
家听。
　　“村里的路好走了，日子也更有盼头。”北山
市居民杨海燕说，县农业农村局给他们解决了多年
的难题，修路的事大家都看在眼里。
`
	p := New().Segment(document.Lines(text), Options{})
	if len(p.Articles) != 2 {
		t.Fatalf("%d articles", len(p.Articles))
	}
	same(t, "first headline", p.Articles[0].MainHeadline(), "柳林乡修路有序推进")
	same(t, "second headline", p.Articles[1].MainHeadline(), "北山市修路再添新绿")
}
