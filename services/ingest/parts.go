package ingest

import (
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"go.uber.org/zap"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/pkg/observe"
)

// Verdict is what became of one part of a multipart request: a receipt or a
// problem.
type Verdict struct {
	Part    int                `json:"part"`           // its place in the request: 1, 2, …
	Name    string             `json:"name,omitempty"` // as the part says
	File    string             `json:"file,omitempty"` // the part's file name
	Status  int                `json:"status"`         // as PUT would have answered
	Receipt *newspaper.Receipt `json:"receipt,omitempty"`
	Problem *fault.Problem     `json:"problem,omitempty"`
}

// Verdicts is the answer to a multipart request.
type Verdicts struct {
	Accepted   int       `json:"accepted"` // new revisions
	Duplicates int       `json:"duplicates"`
	Refused    int       `json:"refused"`
	Verdicts   []Verdict `json:"verdicts"`
}

// post takes the pages of a multipart request one after the other: the order of
// the parts is the order of a page's revisions, and only one is held in memory.
func (s *Service) post(w http.ResponseWriter, r *http.Request) {
	u := upload{via: "http"}
	who, err := s.o.Tokens.bearer(r.Header)
	if err != nil {
		s.reject(w, r, u, false, err)
		return
	}
	parts, err := s.open(w, r)
	if err != nil {
		s.reject(w, r, u, false, err)
		return
	}
	release, err := s.enter(r.Context())
	if err != nil {
		s.reject(w, r, u, false, err)
		return
	}
	defer release()
	request := request{Service: s, who: who, header: r.Header, query: r.URL.Query(), trace: observe.Trace(r.Header.Get(event.HeaderTrace))}
	verdicts, err := request.take(r.Context(), parts)
	if err != nil {
		s.reject(w, r, u, true, err)
		return
	}
	status := http.StatusOK
	if verdicts.Refused > 0 {
		status = http.StatusMultiStatus
	}
	if request.cut {
		w.Header().Set("Connection", "close")
	} else {
		s.drain(w, r, true) // what was not looked at
	}
	if request.down != nil {
		w.Header().Set("Retry-After", "5")
	}
	answer(w, status, verdicts)
}

// open checks that a request is multipart and small enough, as far as it says.
func (s *Service) open(w http.ResponseWriter, r *http.Request) (*multipart.Reader, error) {
	if err := checkPlain(r.Header); err != nil {
		return nil, err
	}
	if r.ContentLength > s.o.MaxRequest {
		return nil, requestTooLarge(s.o.MaxRequest)
	}
	r.Body = http.MaxBytesReader(w, r.Body, s.o.MaxRequest)
	mediaType, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/form-data" || parameters["boundary"] == "" {
		return nil, fault.New(fault.Unsupported, "the request is not multipart/form-data with a boundary").On("Content-Type").
			Fix("send one part for each page, or a single page with PUT /v1/pages/{publication}/{date}/{edition}/{page}")
	}
	return multipart.NewReader(s.body(w, r), parameters["boundary"]), nil
}

// request is a multipart request at work.
type request struct {
	*Service
	who    *grant
	header http.Header
	query  url.Values
	trace  string
	down   error // why nothing can be stored at the moment
	cut    bool  // the body cannot be read on
}

// take gives every part its verdict. A request that breaks off keeps the
// verdicts so far and ends with one on the part that is broken; only a request
// without any part is an error.
func (q *request) take(ctx context.Context, parts *multipart.Reader) (Verdicts, error) {
	out := Verdicts{Verdicts: []Verdict{}}
	for n := 1; ; n++ {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		v := Verdict{Part: n}
		var receipt newspaper.Receipt
		over := err != nil || n > q.o.MaxParts
		switch {
		case err != nil:
			err = unreadable(err)
			q.refusedPart(n, err)
		case over:
			err = fault.New(fault.TooLarge, "the request has more than %d parts; this one and those behind it were not read", q.o.MaxParts).
				On("body").Fix("spread the pages over several requests")
			q.refusedPart(n, err)
		default:
			v.Name, v.File = part.FormName(), part.FileName()
			receipt, err = q.takePart(ctx, n, part)
		}
		out.add(v, receipt, err)
		q.cut = isBroken(err)
		if over || q.cut {
			break
		}
	}
	if len(out.Verdicts) == 0 {
		return out, fault.New(fault.Invalid, "the request has no part").On("body").Fix("send one part for each page, for example with curl -F 'lvliang-ribao/2022-10-30/main/01=@01.txt'")
	}
	return out, nil
}

func (v *Verdicts) add(part Verdict, receipt newspaper.Receipt, err error) {
	switch {
	case err != nil:
		problem := fault.ProblemOf(err)
		part.Status, part.Problem = problem.Status, &problem
		v.Refused++
	case receipt.Duplicate:
		part.Status, part.Receipt = statusOf(receipt), &receipt
		v.Duplicates++
	default:
		part.Status, part.Receipt = statusOf(receipt), &receipt
		v.Accepted++
	}
	v.Verdicts = append(v.Verdicts, part)
}

// takePart takes one page. Once storage is away or full, the parts behind get
// the same verdict without being tried.
func (q *request) takePart(ctx context.Context, n int, part *multipart.Part) (newspaper.Receipt, error) {
	u, err := q.headingOf(part)
	if err == nil {
		err = q.down
	}
	if err == nil {
		u.data, err = q.readPage(part, u.declared, -1)
	}
	if err != nil {
		q.refusedPart(n, err)
		return newspaper.Receipt{}, err
	}
	receipt, err := q.receive(context.WithoutCancel(ctx), u)
	if fault.KindOf(err).Policy().Fate == fault.Wait {
		q.down = err
	}
	return receipt, err
}

func (q *request) refusedPart(n int, err error) {
	q.refused(q.log.With(zap.String("via", "http"), zap.Int("part", n), zap.String("trace", q.trace)), "http", err)
}

// headingOf reads what a part says before its bytes.
func (q *request) headingOf(part *multipart.Part) (upload, error) {
	u := upload{via: "http", trace: q.trace, declared: part.Header.Get("Content-Type")}
	var err error
	if u.key, err = partKey(part.FormName(), part.FileName(), q.query); err != nil {
		return u, err
	}
	if err := q.who.may(u.key.Publication); err != nil {
		return u, err
	}
	u.id, u.supersede, err = uploadHeaders(partHeader{part.Header, q.header})
	return u, err
}

// partHeader is a part's header, and the request's where the part says nothing.
type partHeader struct {
	part, request interface{ Get(string) string }
}

func (h partHeader) Get(name string) string {
	if v := h.part.Get(name); v != "" {
		return v
	}
	return h.request.Get(name)
}

// fileFields are names of a form's field that say nothing of the page.
var fileFields = []string{"", "file", "files", "files[]", "page", "pages", "pages[]"}

// partKey says which page a part is. Its name does:
//
//	lvliang-ribao/2022-10-30/main/01   the whole key
//	01                                 the page; the query of the request has
//	                                   publication, date and, unless main, edition
//
// When the name is that of a form's field (file, page, empty, …), the file's name
// without folder and extension is taken instead; there the key is written with
// dots: lvliang-ribao.2022-10-30.main.01.txt, or 01.txt with the query.
func partKey(name, file string, query url.Values) (newspaper.PageKey, error) {
	source := "name"
	if slices.Contains(fileFields, name) {
		source, name = "filename", path.Base(strings.ReplaceAll(file, `\`, "/"))
		if ext := path.Ext(name); len(ext) < len(name) && !isPage(ext) {
			name = strings.TrimSuffix(name, ext)
		}
		if strings.Count(name, ".") == 3 {
			return newspaper.ParsePageSubject(name)
		}
	}
	if strings.Contains(name, "/") {
		return newspaper.ParsePageKey(name)
	}
	publication, date, edition := query.Get("publication"), query.Get("date"), query.Get("edition")
	if publication == "" || date == "" {
		return newspaper.PageKey{}, fault.New(fault.Invalid, "the part does not say which page it is").On(source).
			Fix("name it publication/date/edition/page; or name it by the page and add ?publication=…&date=… to the request")
	}
	if edition == "" {
		edition = newspaper.DefaultEdition
	}
	return newspaper.NewPageKey(publication, date, edition, name)
}

// isPage reports whether what looks like an extension is the last token of a key
// without one: .01 or .A01.
func isPage(ext string) bool {
	_, err := newspaper.NewPageKey("x", "2000-01-01", "x", strings.TrimPrefix(ext, "."))
	return err == nil
}
