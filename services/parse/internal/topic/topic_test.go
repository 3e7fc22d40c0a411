package topic

import "testing"

func TestLikeness(t *testing.T) {
	text := func(words string) *Vector {
		var v Vector
		r := []rune(words)
		for i := 0; i+1 < len(r); i++ {
			v.Add(Of(r[i], r[i+1]))
		}
		return &v
	}
	launch, crew, wheat := text("火箭点火发射升空进入预定轨道"), text("航天员出舱活动载人飞船空间站"), text("小麦玉米播种收割农机田间管理")
	like := func(a, b *Vector) (likeness, mass float64) {
		x, y := Between(&Vector{}, a), Between(&Vector{}, b)
		return Likeness(&x, &y)
	}
	near, mass := like(launch, crew)
	far, _ := like(launch, wheat)
	if near < .4 || far > .2 || mass == 0 {
		t.Errorf("launch and crew %.2f, launch and wheat %.2f", near, far)
	}
	if _, mass := like(launch, &Vector{}); mass != 0 || Of('龘', '龘')[0] != nil {
		t.Error("what is not known must say nothing")
	}
	both := *launch
	both.Add(Of('小', '麦'))
	if Between(launch, &both) != Between(&Vector{}, text("小麦")) {
		t.Error("a text less one of its parts is not the other")
	}
}
