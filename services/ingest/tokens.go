package ingest

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Tokens says who may upload what over HTTP. Nil lets everyone upload
// everything. It is safe for concurrent use.
type Tokens struct {
	grants []grant
}

// grant is what one token allows.
type grant struct {
	name         string
	sum          [sha256.Size]byte // of the token
	publications []string          // slugs
}

// everything in a token's publications.
const everything = "*"

// anyone is the grant where no tokens are asked for.
var anyone = grant{publications: []string{everything}}

type tokenFile struct {
	Tokens []tokenEntry `yaml:"tokens"`
}

type tokenEntry struct {
	Name         string   `yaml:"name"`   // for messages and the log
	Token        string   `yaml:"token"`  // as it is sent; or
	SHA256       string   `yaml:"sha256"` // its hash in hex
	Publications []string `yaml:"publications"`
}

// OpenTokens reads a file of tokens:
//
//	tokens:
//	  - name: city-desk
//	    sha256: 9f86d0…                 # printf %s "$TOKEN" | sha256sum
//	    publications: [lvliang-ribao]
//	  - name: back-fill
//	    token: Vb3kX-as-it-is-sent-qq91
//	    publications: ["*"]             # all
//
// An empty path is nil, which lets everyone upload. Mistakes are of kind invalid
// and all named.
func OpenTokens(path string) (*Tokens, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot read the upload tokens").On("tokens").Fix("correct the path of the file")
	}
	t, err := parseTokens(data)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "upload tokens %s", path).On("tokens")
	}
	return t, nil
}

func parseTokens(data []byte) (*Tokens, error) {
	f, err := readTokens(data)
	if err != nil {
		return nil, err
	}
	if len(f.Tokens) == 0 {
		return nil, fmt.Errorf("no token is listed, so that nobody could upload")
	}
	var t Tokens
	var mistakes []string
	for i, e := range f.Tokens {
		g, err := e.grant()
		if err == nil && slices.ContainsFunc(t.grants, func(other grant) bool { return other.sum == g.sum }) {
			err = fmt.Errorf("the same token is listed before")
		}
		if err != nil {
			mistakes = append(mistakes, fmt.Sprintf("token %d (%q): %v", i+1, e.Name, err))
			continue
		}
		t.grants = append(t.grants, g)
	}
	if len(mistakes) > 0 {
		return nil, fmt.Errorf("%s", strings.Join(mistakes, "; "))
	}
	return &t, nil
}

func readTokens(data []byte) (f tokenFile, err error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return f, nil
	}
	defer func() { // the library panics on some files, for example on a tag without a value
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is malformed (%v)", p)
		}
	}()
	if err := yaml.UnmarshalWithOptions(data, &f, yaml.Strict()); err != nil {
		// Its error goes on with the lines around the mistake, tokens included.
		first, _, _ := strings.Cut(err.Error(), "\n")
		return f, fmt.Errorf("%s", first)
	}
	return f, nil
}

// bearerToken is the b64token of RFC 6750, long enough not to be guessed.
var bearerToken = regexp.MustCompile(`^[A-Za-z0-9._~+/-]{16,512}=*$`)

func (e tokenEntry) grant() (grant, error) {
	g := grant{name: e.Name, publications: e.Publications}
	switch {
	case (e.Token == "") == (e.SHA256 == ""):
		return g, fmt.Errorf("give either token or sha256")
	case e.Token != "" && !bearerToken.MatchString(e.Token):
		return g, fmt.Errorf("a token has 16 characters or more of A-Z, a-z, 0-9 and -._~+/")
	case e.Token != "":
		g.sum = sha256.Sum256([]byte(e.Token))
	default:
		sum, err := hex.DecodeString(e.SHA256)
		if err != nil || len(sum) != sha256.Size {
			return g, fmt.Errorf("sha256 is not 64 hexadecimal digits")
		}
		copy(g.sum[:], sum)
	}
	if len(e.Publications) == 0 {
		return g, fmt.Errorf(`publications is empty: list them, or ["*"] for all`)
	}
	for _, p := range e.Publications {
		if _, err := newspaper.NewPageKey(p, "2000-01-01", newspaper.DefaultEdition, "1"); err != nil && p != everything {
			return g, err
		}
	}
	return g, nil
}

// bearer returns what the request's token allows: fault.Unauthorized when there
// is none or nobody knows it. How long that takes says nothing about the tokens.
func (t *Tokens) bearer(h http.Header) (*grant, error) {
	if t == nil {
		return &anyone, nil
	}
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return nil, fault.New(fault.Unauthorized, "uploading needs a token").On("Authorization").Fix("send the header Authorization: Bearer TOKEN")
	}
	sum := sha256.Sum256([]byte(token))
	var found *grant
	for i := range t.grants {
		if subtle.ConstantTimeCompare(sum[:], t.grants[i].sum[:]) == 1 {
			found = &t.grants[i]
		}
	}
	if found == nil {
		return nil, fault.New(fault.Unauthorized, "nobody knows this token").On("Authorization").Fix("ask whoever runs this Broadsheet for a token")
	}
	return found, nil
}

// may reports fault.Forbidden when the grant does not cover a publication.
func (g *grant) may(publication string) error {
	if slices.Contains(g.publications, publication) || slices.Contains(g.publications, everything) {
		return nil
	}
	return fault.New(fault.Forbidden, "the token %q may not upload to %s", g.name, publication).On("publication").
		Fix("it is for %s", strings.Join(g.publications, ", "))
}
