package lexicon

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// Class is a set of kinds of word, one bit each.
type Class uint32

// The classes of the word list, and their number.
const (
	Word        Class = 1 << iota // an ordinary word
	Division                      // administrative division with its suffix: 交城县
	Short                         // administrative division without it: 交城
	Town                          // township or street office: 凤山街道
	Place                         // any other place: 太行山, 日内瓦
	Name                          // a person's name, or a part of one
	Surname                       // 王, 欧阳
	Organ                         // an organisation, whole: 中宣部
	OrgSuffix                     // what organisations end in: 委员会
	LocSuffix                     // what places end in: 社区
	Title                         // 市委书记
	Courtesy                      // 女士
	SurePlace                     // a place wherever it stands: 加沙地带
	SureOrg                       // an organisation wherever it stands: 农业农村部
	Foreign                       // a transliterated name, or a part of one: 古特雷斯
	Japanese                      // a Japanese family or given name: 铃木
	World                         // a city abroad: 阿卡普尔科
	ClassNumber = iota
)

// Trie is a read-only set of words over folded characters, each with its class
// and its cost (-log of its frequency, quantised). Nodes stand in breadth-first
// order, so that a node's children are neighbours, sorted by character.
type Trie struct {
	label []uint16
	first []uint32 // children of node i are first[i] … first[i+1]-1
	class []Class
	cost  []uint8
	root  []uint32 // child of the root by character, 0 for none
}

// Entry is one word of a trie.
type Entry struct {
	Text  []uint16
	Class Class
	Cost  uint8
}

// NewTrie builds a trie. The same word given twice has the classes of both and
// the lower cost.
func NewTrie(entries []Entry) *Trie {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b Entry) int { return slices.Compare(a.Text, b.Text) })
	merged := entries[:0]
	for _, e := range entries {
		if n := len(merged); n > 0 && slices.Equal(merged[n-1].Text, e.Text) {
			merged[n-1].Class |= e.Class
			merged[n-1].Cost = min(merged[n-1].Cost, e.Cost)
		} else if len(e.Text) > 0 {
			merged = append(merged, e)
		}
	}
	type span struct{ from, to, depth int }
	t := &Trie{label: []uint16{0}, class: []Class{0}, cost: []uint8{noCost}}
	queue := []span{{0, len(merged), 0}}
	for i := 0; i < len(queue); i++ {
		s := queue[i]
		t.first = append(t.first, uint32(len(t.label)))
		if s.from < s.to && len(merged[s.from].Text) == s.depth {
			t.class[i], t.cost[i] = merged[s.from].Class, merged[s.from].Cost
			s.from++
		}
		for from := s.from; from < s.to; {
			label := merged[from].Text[s.depth]
			to := from
			for to < s.to && merged[to].Text[s.depth] == label {
				to++
			}
			t.label, t.class, t.cost = append(t.label, label), append(t.class, 0), append(t.cost, noCost)
			queue = append(queue, span{from, to, s.depth + 1})
			from = to
		}
	}
	t.finish()
	return t
}

const noCost = 255

func (t *Trie) finish() {
	t.first = append(t.first, uint32(len(t.label)))
	t.root = make([]uint32, 1<<16)
	for i := t.first[0]; i < t.first[1]; i++ {
		t.root[t.label[i]] = i
	}
}

// Next is the node reached from node by c, or 0. The root is node 0.
func (t *Trie) Next(node uint32, c uint16) uint32 {
	if node == 0 {
		return t.root[c]
	}
	low, high := t.first[node], t.first[node+1]
	for low < high {
		mid := (low + high) / 2
		switch v := t.label[mid]; {
		case v == c:
			return mid
		case v < c:
			low = mid + 1
		default:
			high = mid
		}
	}
	return 0
}

// Class is the class of the word that ends at node, 0 when none does.
func (t *Trie) Class(node uint32) Class { return t.class[node] }

// Cost is the cost of the word that ends at node.
func (t *Trie) Cost(node uint32) uint8 { return t.cost[node] }

// Lookup is the class of a whole word.
func (t *Trie) Lookup(text []uint16) Class {
	var node uint32
	for _, c := range text {
		if node = t.Next(node, c); node == 0 {
			return 0
		}
	}
	return t.class[node]
}

// Len is the number of nodes.
func (t *Trie) Len() int { return len(t.label) }

// Walk calls visit with every word, in order of length and then of characters.
// The text is only valid during the call.
func (t *Trie) Walk(visit func(text []uint16, class Class)) {
	t.walk(func(text []uint16, class Class, _ uint8) { visit(text, class) })
}

func (t *Trie) walk(visit func(text []uint16, class Class, cost uint8)) {
	parent := make([]uint32, len(t.label))
	for i := range t.label {
		for child := t.first[i]; child < t.first[i+1]; child++ {
			parent[child] = uint32(i)
		}
	}
	var text []uint16
	for i := 1; i < len(t.label); i++ {
		if t.class[i] == 0 {
			continue
		}
		text = text[:0]
		for at := uint32(i); at != 0; at = parent[at] {
			text = append(text, t.label[at])
		}
		slices.Reverse(text)
		visit(text, t.class[i], t.cost[i])
	}
}

// append writes the trie in columns, which compress well.
func (t *Trie) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(t.label)))
	for i := range t.label {
		b = binary.LittleEndian.AppendUint16(b, uint16(t.first[i+1]-t.first[i]))
	}
	for _, v := range t.label {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	for _, v := range t.class {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return append(b, t.cost...)
}

var errTruncated = errors.New("lexicon: the file is cut short or damaged")

// readTrie is the inverse of append; it returns what follows the trie.
func readTrie(b []byte) (*Trie, []byte, error) {
	if len(b) < 4 {
		return nil, nil, errTruncated
	}
	n := int(binary.LittleEndian.Uint32(b))
	if b = b[4:]; len(b)/9 < n || n == 0 {
		return nil, nil, errTruncated
	}
	t := &Trie{label: make([]uint16, n), first: make([]uint32, n, n+1), class: make([]Class, n), cost: bytes.Clone(b[8*n : 9*n])}
	next := uint32(1)
	for i := range n {
		t.first[i] = next
		next += uint32(binary.LittleEndian.Uint16(b[2*i:]))
		t.label[i] = binary.LittleEndian.Uint16(b[2*n+2*i:])
		t.class[i] = Class(binary.LittleEndian.Uint32(b[4*n+4*i:]))
	}
	if cmp.Compare(next, uint32(n)) != 0 {
		return nil, nil, errTruncated
	}
	t.finish()
	return t, b[9*n:], nil
}
