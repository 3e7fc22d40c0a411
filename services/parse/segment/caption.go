package segment

import (
	"regexp"
	"strings"

	"broadsheet/pkg/newspaper"
)

// photoCredit closes a caption: 记者 刘亮亮 摄, （王洋 摄）, 新华社记者 张三 摄, 李四供图.
var photoCredit = regexp.MustCompile(`(?:^|[。！？!?”』）)… 　])[（(]?((?:(?:本报|新华社|中新社|人民网)?(?:全媒体|融媒体|首席|特约|实习|见习)?(?:记者|通讯员|特派员)?[ 　/]*)?(?:新华社发)?[（(]?(?:[\p{Han}]{1,3}[ 、/]?){1,4}) ?(摄|攝|供图|摄影报道|摄影|图/文|文/图|图)[）)]?。?[）)]?$`)

var (
	pictureWords = regexp.MustCompile(`^(?:▲|△|▶|◀|→|←|↑|↓)?(?:图为|图①|图②|图一|图二|上图|下图|左图|右图|组图|图片|圖為|大图)|[。，](?:上|下|左|右|大|小|组)?(?:图为|图是|圖為)|(?:资料图片|资料照片|新华社发|视觉中国)[）)]?$`)
)

// isCaption reports whether a paragraph speaks of the picture it stands under.
func isCaption(text string) bool {
	if width(text) > 700 {
		return false
	}
	return photoCredit.MatchString(text) || pictureWords.MatchString(text)
}

// takePhotoCredit cuts the photographer off a caption's end.
func takePhotoCredit(caption string) (credit, string) {
	m := photoCredit.FindStringSubmatchIndex(caption)
	if m == nil {
		return credit{}, caption
	}
	text := strings.Trim(submatch(caption, m, 1), "（( ")
	var c credit
	c.by = c.fromNames(text)
	for i := range c.creators {
		c.creators[i].Role = newspaper.Photographer
	}
	if strings.HasPrefix(text, "新华社") {
		c.sources = []newspaper.InfoSource{{Role: "agency", Name: "新华社"}}
	}
	if len(c.creators) == 0 {
		return credit{}, caption
	}
	return c, strings.TrimRight(caption[:m[2]], "（( ")
}
