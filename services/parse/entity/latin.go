package entity

import (
	"strings"
	"unicode"

	"broadsheet/pkg/newspaper"
)

// Words in Latin letters. The model sees all letters alike, so lists decide.
var (
	latinOrgs = set("WTO WHO IMF UN EU NATO NASA FIFA UEFA NBA CBA CNN BBC NHK FBI CIA FDA IOC WWF OPEC APEC ASEAN OECD UNESCO UNICEF IBM GE HP LG BMW AMD TCL HTC KFC SONY NEC CCTV CGTN SEC EA THQ MIT UCLA DHL UPS KPMG SAP UBS HSBC ESPN HBO MTV NFL NHL ATP WTA IAEA IEA ICAO ILO WIPO AIIB SWIFT OpenAI Google Apple Microsoft Intel NVIDIA Facebook Meta Twitter Amazon Tesla Toyota Honda Sony Nokia Samsung Yahoo Reuters Bloomberg Uber Netflix Disney Boeing Airbus Oracle Cisco Siemens Adobe Dell Lenovo Huawei Alibaba Tencent Baidu")
	latinNot  = set("COVID GDP CPI PPI PMI APP AI VR AR XR MR DNA RNA PM VOC VOCs USB LED LCD CPU GPU iOS Android Windows iPhone iPad Wi-Fi WiFi GPS ETC ID IP IT ICU CT MRI HIV SARS H1N1 H5N1 H7N9 SUV MPV SOHO CBD PPP IPO ETF REITs ESG KTV MTV DVD VCD CD TV PC QQ OK NO VIP SOS PVC ABS ATM POS OTA RCEP CPTPP TPP FTA IQ EQ LNG LPG CNG RMB USD EUR MBA EMBA PK SCI EI km kg cm mm m t g G K A B C D vs VS No www com http https html Copyright")
	latinJobs = set("CEO CFO COO CTO CIO CMO")
)

func set(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

func latin(r rune) bool { return r < 0x250 && unicode.IsLetter(r) }

// latinWords makes the page's names agree with the words in Latin letters: none
// begins or ends within one, and known words are what they are.
func (p *page) latinWords(t *tagged) {
	if !strings.ContainsFunc(t.value, latin) {
		return
	}
	kept := t.spans[:0]
	done := 0
	for i, s := range t.spans {
		limit := len(t.runes)
		if i+1 < len(t.spans) {
			limit = t.spans[i+1].start
		}
		last, limit := max(done, s.start-longestLatin), min(limit, s.end+longestLatin)
		for s.start > last && latin(t.rune(s.start)) && latin(t.rune(s.start-1)) {
			s.start--
		}
		for s.end < limit && latin(t.rune(s.end-1)) && latin(t.rune(s.end)) {
			s.end++
		}
		cut := latin(t.rune(s.start)) && latin(t.rune(s.start-1)) || latin(t.rune(s.end-1)) && latin(t.rune(s.end))
		if name := t.slice(s.start, s.end); !cut && plausible(name, s.kind) && (latinOrgs[name] || !latin(t.rune(s.start)) || !latin(t.rune(s.end-1)) || !t.inSentence(s)) {
			kept = append(kept, s)
			done = s.end
		}
	}
	t.spans = kept
	t.add(t.knownLatin())
	t.add(t.latinPeople())
}

// inSentence reports whether a name in Latin letters has more such words beside
// it: then it is a word of a sentence of another language.
func (t *tagged) inSentence(s span) bool {
	before, after := s.start-1, s.end
	for t.blank(before) && before > s.start-4 {
		before--
	}
	for t.blank(after) && after < s.end+3 {
		after++
	}
	return latin(t.rune(before)) || latin(t.rune(after))
}

// longestLatin bounds a word of Latin letters in a name.
const longestLatin = 40

// knownLatin are the words of the lists.
func (t *tagged) knownLatin() (more []span) {
	for i := 0; i < len(t.runes); i++ {
		if !latin(t.runes[i]) {
			continue
		}
		j := i
		for latin(t.rune(j)) {
			j++
		}
		if word := t.slice(i, j); latinOrgs[word] && t.rune(j) != '-' {
			more = append(more, span{start: i, end: j, kind: newspaper.ORG})
		} else if latinJobs[word] {
			more = append(more, span{start: i, end: j, kind: newspaper.TITLE})
		}
		i = j
	}
	return more
}

// latinPeople are names of two or three capitalised words right after a title:
// CEO Tim Cook.
func (t *tagged) latinPeople() (more []span) {
	for _, s := range t.spans {
		if s.kind != newspaper.TITLE {
			continue
		}
		start := s.end
		for t.blank(start) && start < s.end+2 {
			start++
		}
		end, words := start, 0
		for at := start; words < 3 && unicode.IsUpper(t.rune(at)) && latin(t.rune(at)); words++ {
			for end = at; latin(t.rune(end)) && end-at < longestLatin; {
				end++
			}
			if at = end; t.blank(end) || t.rune(end) == '·' {
				at++
			}
		}
		if words > 1 {
			more = append(more, span{start: start, end: end, kind: newspaper.PER})
		}
	}
	return more
}

// plausible reports whether a name may be one: in Latin letters alone it is a
// known organisation, or a word of some length with a capital.
func plausible(name, kind string) bool {
	if strings.ContainsFunc(name, func(r rune) bool { return r >= 0x2E80 }) {
		return true
	}
	word := strings.TrimFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
	switch {
	case word == "" || latinNot[word] || len(word) < 3 && !latinOrgs[word]:
		return false
	case kind == newspaper.TITLE:
		return latinJobs[word]
	}
	return unicode.IsUpper([]rune(word)[0])
}
