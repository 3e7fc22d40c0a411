package console

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

// Admins are the tokens that may have something taken down over HTTP. Nil: nobody.
type Admins struct{ tokens []adminToken }

type adminToken struct {
	name string
	sum  [sha256.Size]byte
}

// OpenAdmins reads a file of admin tokens: a line for each, with a name, which the
// audit log shows, and the sha256 of the token in hex (printf %s "$TOKEN" |
// sha256sum). Empty lines and those that begin with # are passed over. An empty
// path is nil. Mistakes are of kind invalid.
func OpenAdmins(path string) (*Admins, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot read the admin tokens").On("admin-tokens").Fix("correct the path of the file")
	}
	defer func() { _ = file.Close() }()
	var a Admins
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		var sum []byte
		if len(fields) == 2 {
			sum, err = hex.DecodeString(fields[1])
		}
		if len(fields) != 2 || err != nil || len(sum) != sha256.Size {
			return nil, fault.New(fault.Invalid, "admin tokens %s: line %d is no name and sha256", path, n).On("admin-tokens").Fix("write NAME and the 64 hexadecimal digits that sha256sum prints of the token")
		}
		t := adminToken{name: fields[0]}
		copy(t.sum[:], sum)
		a.tokens = append(a.tokens, t)
	}
	if err := lines.Err(); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "admin tokens %s", path).On("admin-tokens")
	}
	if len(a.tokens) == 0 {
		return nil, fault.New(fault.Invalid, "admin tokens %s lists no token", path).On("admin-tokens").Fix("list one, or leave the setting out")
	}
	return &a, nil
}

// who is the name of the request's token. How long that takes says nothing about
// the tokens.
func (a *Admins) who(h http.Header) (string, error) {
	if a == nil {
		return "", fault.New(fault.Forbidden, "nothing can be taken down over HTTP here: there are no admin tokens").
			Fix("start the console with --admin-tokens, or use the command line: broadsheet withdraw, reinstate, erase, audit")
	}
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", fault.New(fault.Unauthorized, "this needs an admin token").On("Authorization").Fix("send the header Authorization: Bearer TOKEN")
	}
	sum := sha256.Sum256([]byte(token))
	name := ""
	for _, t := range a.tokens {
		if subtle.ConstantTimeCompare(sum[:], t.sum[:]) == 1 {
			name = t.name
		}
	}
	if name == "" {
		return "", fault.New(fault.Unauthorized, "this is no admin token").On("Authorization").Fix("ask whoever runs this Broadsheet")
	}
	return name, nil
}

// registerAdmin adds the routes that need an admin token.
func (s *Service) registerAdmin(mux *http.ServeMux) {
	for path, action := range map[string]event.Action{"withdrawals": event.Withdraw, "reinstatements": event.Reinstate, "erasures": event.Erase} {
		mux.Handle("POST /v1/"+path, ownOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			taken, err := s.takeDown(r, action)
			if err != nil {
				s.complain(r, err)
				fault.Write(w, err)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusAccepted)
			_ = json.NewEncoder(w).Encode(taken) // what fails is the connection
		})))
	}
	mux.Handle("GET /v1/audit", s.answer(s.audit))
}

// mostTakedown bounds a request's body.
const mostTakedown = 64 << 10

// takeDown gives the command that a request asks for.
func (s *Service) takeDown(r *http.Request, action event.Action) (api.Taken, error) {
	who, err := s.admins.who(r.Header)
	if err != nil {
		return api.Taken{}, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, mostTakedown))
	if err != nil {
		return api.Taken{}, fault.Wrap(fault.Invalid, err, "the body cannot be read").On("body").Fix("send at most %d bytes", mostTakedown)
	}
	t, err := newspaper.Decode[api.Takedown](body)
	if err != nil {
		return api.Taken{}, fault.New(fault.Invalid, "the body is not what is to be taken down: %v", err).On("body").
			Fix(`send JSON: {"uri": "urn:broadsheet:article:…", "reason": "…"}, or "key" in place of "uri" for a page`)
	}
	c, err := commandOf(t, action, who)
	if err != nil {
		return api.Taken{}, err
	}
	page, _, err := s.bus.Page(r.Context(), c.Key)
	if err != nil {
		return api.Taken{}, err
	}
	if len(page.Revisions) == 0 {
		return api.Taken{}, fault.New(fault.NotFound, "page %s was never received", c.Key).On("key")
	}
	manifest, _, err := s.bus.Manifest(r.Context(), c.Key)
	if err == nil {
		err = c.Possible(&manifest)
	}
	if err == nil {
		err = s.bus.Command(r.Context(), "parse", c)
	}
	if err != nil {
		return api.Taken{}, err
	}
	s.log.Info("asked to take down", zap.String("action", string(action)), zap.Stringer("page", c.Key), zap.String("uri", c.URI), zap.String("who", who))
	return api.Taken{Action: action, Key: c.Key, URI: c.URI, Run: c.Run, Follow: "/v1/pages/" + c.Key.String()}, nil
}

// commandOf makes a command of a request.
func commandOf(t api.Takedown, action event.Action, who string) (event.Command, error) {
	c := event.Command{Action: action, URI: t.URI, Reason: strings.TrimSpace(t.Reason), Until: t.Until, Run: event.NewRun(time.Now()), Who: who}
	if (t.URI == "") == (t.Key == "") {
		return c, fault.New(fault.Invalid, "name an article or a page, not both").On("uri").Fix("give uri or key")
	}
	if c.Reason == "" {
		return c, fault.New(fault.Invalid, "the reason is missing: readers are told why").On("reason").Fix("say why")
	}
	var err error
	if t.URI != "" {
		c.Key, _, err = newspaper.ParseArticleURI(t.URI)
	} else {
		c.Key, err = newspaper.ParsePageKey(t.Key)
	}
	if err != nil || t.Until == "" {
		return c, err
	}
	day, err := time.Parse(time.DateOnly, t.Until)
	if err != nil || action != event.Withdraw || !day.After(time.Now()) {
		return c, fault.New(fault.Invalid, "until %q is no day to come, of a withdrawal", t.Until).On("until").Fix("write a day in the future as YYYY-MM-DD, or leave it out")
	}
	return c, nil
}

// audit answers the audit log, of a page or an article when one is named.
func (s *Service) audit(r *http.Request) (any, error) {
	if _, err := s.admins.who(r.Header); err != nil {
		return nil, err
	}
	filter, uri := "", ""
	if about := r.URL.Query().Get("key"); about != "" {
		key, err := newspaper.ParsePageKey(about)
		if strings.HasPrefix(about, "urn:") {
			uri = about
			key, _, err = newspaper.ParseArticleURI(about)
		}
		if err != nil {
			return nil, err
		}
		filter = fmt.Sprintf("audit.%s.>", key.Subject())
	}
	out := api.AuditLog{Entries: []event.Audit{}}
	err := s.bus.AuditLog(r.Context(), filter, func(a event.Audit) error {
		if uri == "" || a.URI == uri {
			out.Entries = append(out.Entries, a)
		}
		return nil
	})
	return out, err
}

// auditLetter writes who dealt with a dead letter.
func (s *Service) auditLetter(ctx context.Context, id, action string) error {
	l, err := s.ledger.Letter(id)
	if err != nil {
		return nil // the ledger lags behind; the resolution is in its stream
	}
	return s.bus.Audit(ctx, event.Audit{Run: event.NewRun(time.Now()), Time: s.now().UTC(), Who: "console", Action: event.Action(action), Key: l.Key, URI: l.URI, Letter: id}, "")
}
