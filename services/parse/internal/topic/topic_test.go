package topic

import "testing"

func TestApart(t *testing.T) {
	text := func(words string) *Vector {
		var sum Sum
		r := []rune(words)
		for i := 0; i+1 < len(r); i++ {
			sum.Add(Of(r[i], r[i+1]))
		}
		v := sum.Vector()
		return &v
	}
	launch, crew, wheat := text("火箭点火发射升空进入预定轨道"), text("航天员出舱活动载人飞船空间站"), text("小麦玉米播种收割农机田间管理")
	nothing := NewCommon(nil)
	like := func(a, b *Vector) (likeness, mass float64) {
		x, y := nothing.Along(Between(&Vector{}, a)), nothing.Along(Between(&Vector{}, b))
		return nothing.Apart(&x, &y)
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
	for i, x := range text("小麦") {
		both[i] += x
	}
	if Between(launch, &both) != Between(&Vector{}, text("小麦")) {
		t.Error("a text less one of its parts is not the other")
	}
}

// A sum must be what one number after another adds up to, however long the text is.
func TestSum(t *testing.T) {
	var sum Sum
	var want Vector
	words := [...]Word{Of('火', '箭'), Of('小', '麦'), Of('龘', '法'), Of('法', '院')}
	for n := range 3 * mostLanes {
		w := words[n*n%len(words)]
		sum.Add(w)
		for _, entry := range w {
			for i, x := range entry {
				want[i] += int32(int8(x))
			}
		}
		if n%97 == 0 && sum.Vector() != want {
			t.Fatalf("the sum of %d pairs is wrong", n+1)
		}
	}
	if sum.Vector() != want {
		t.Fatal("the sum of all is wrong")
	}
}
