package eval

// What a line of a typeset page is, in Gold.Roles: the roles of headlines
// (newspaper.Kicker, Main, Deck) and these.
const (
	RoleMain      = "main"
	RolePara      = "para"      // the first line of a paragraph
	RoleCont      = "cont"      // a further line of one
	RoleKept      = "kept"      // a line of a list, poem or notice: stays a line
	RoleSubhead   = "subhead"   // a section's name inside a body
	RoleByline    = "byline"    // a line that is nothing but a byline
	RoleSignature = "signature" // the same, under the body
	RoleCaption   = "caption"
	RoleFurniture = "furniture"
	RoleTag       = "tag"  // the name of a column of briefs
	RoleJump      = "jump" // 下转第3版
	RoleAd        = "ad"
	RoleDoubled   = "doubled" // the line before once more
)
