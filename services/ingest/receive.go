package ingest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/maphash"
	mathrand "math/rand/v2"
	"regexp"
	"strings"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// upload is one page on its way in.
type upload struct {
	key       newspaper.PageKey
	data      []byte
	declared  string // media type as the sender says; may be empty
	id        string // never empty
	supersede bool
	trace     string
	via       string // http or nats
}

// maxTries bounds how often an upload that lost a race begins again.
const maxTries = 20

// receive takes one upload. When it returns a receipt, the page's bytes and its
// registry entry are durable. It logs and counts the verdict.
func (s *Service) receive(ctx context.Context, u upload) (newspaper.Receipt, error) {
	begun := time.Now()
	receipt, err := s.take(ctx, u)
	s.metrics.duration.WithLabelValues(u.via).Observe(time.Since(begun).Seconds())
	s.verdict(u, receipt, err)
	return receipt, err
}

func (s *Service) take(ctx context.Context, u upload) (newspaper.Receipt, error) {
	if err := s.o.Catalogue.Admit(u.key); err != nil {
		return newspaper.Receipt{}, err
	}
	revision, err := s.inspect(u)
	if err != nil {
		return newspaper.Receipt{}, err
	}
	if err := s.bus.Ready(); err != nil {
		return newspaper.Receipt{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.StoreTimeout)
	defer cancel()
	// The guard alone would do. Within one process waiting is cheaper than losing
	// races, and the same bytes are not written side by side.
	unlock, err := s.pages.lock(ctx, u.key)
	if err != nil {
		return newspaper.Receipt{}, err
	}
	defer unlock()
	for range maxTries {
		receipt, err := s.record(ctx, u, revision)
		if !fault.Is(err, fault.Conflict) || !isRace(err) {
			return receipt, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(mathrand.N(20 * time.Millisecond)):
		}
	}
	return newspaper.Receipt{}, fault.New(fault.Unavailable, "too many uploads of page %s at once", u.key).Fix("upload it again in a while")
}

// inspect checks the bytes and returns the revision that they would become.
func (s *Service) inspect(u upload) (newspaper.Revision, error) {
	if int64(len(u.data)) > s.o.MaxBytes {
		return newspaper.Revision{}, s.tooLarge()
	}
	if len(u.data) == 0 {
		return newspaper.Revision{}, fault.New(fault.Invalid, "the upload of page %s is empty", u.key).On("body").Fix("send the page's bytes as the body")
	}
	mediaType, err := sniff(u.data, u.declared)
	if err != nil {
		return newspaper.Revision{}, err
	}
	sum := sha256.Sum256(u.data)
	return newspaper.Revision{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(u.data)), MediaType: mediaType, UploadID: u.id}, nil
}

func (s *Service) tooLarge() error {
	return fault.New(fault.TooLarge, "the page has more than %d bytes", s.o.MaxBytes).On("body").Fix("upload one page at a time")
}

// raced marks the one conflict that another look at the registry resolves.
type raced struct{ error }

func (r raced) Unwrap() error { return r.error }

func isRace(err error) bool { _, ok := err.(raced); return ok }

// record looks at the registry and adds the revision unless it is known. The
// object is stored before the entry that names it.
func (s *Service) record(ctx context.Context, u upload, revision newspaper.Revision) (newspaper.Receipt, error) {
	page, guard, err := s.bus.Page(ctx, u.key)
	if err != nil {
		return newspaper.Receipt{}, err
	}
	if err := s.notErased(ctx, page, revision.SHA256); err != nil {
		return newspaper.Receipt{}, err
	}
	known, err := earlier(page, u, revision.SHA256)
	if err != nil {
		return newspaper.Receipt{}, err
	}
	if known == nil {
		if err := s.bus.Headroom(ctx); err != nil {
			return newspaper.Receipt{}, err
		}
	}
	// Known bytes are stored again if they got lost: that is how a page with a
	// missing object is repaired.
	if _, err := s.bus.PutObject(ctx, u.data); err != nil {
		return newspaper.Receipt{}, err
	}
	if known != nil {
		return receiptOf(u.key, *known, true), nil
	}
	revision.Number, revision.Received = 1, s.now().UTC()
	if n := len(page.Revisions); n > 0 {
		revision.Number = page.Revisions[n-1].Number + 1
	}
	page.Key, page.Revisions = u.key, append(page.Revisions, revision)
	err = s.bus.CommitReceived(ctx, page, guard, u.trace)
	if fault.Is(err, fault.Conflict) {
		return newspaper.Receipt{}, raced{err}
	}
	if err != nil {
		return newspaper.Receipt{}, err
	}
	return receiptOf(u.key, revision, false), nil
}

// notErased refuses what was erased: its bytes are not taken again, and a page that
// was erased as a whole takes none.
func (s *Service) notErased(ctx context.Context, page newspaper.Page, sha string) error {
	if len(page.Revisions) == 0 {
		return nil // nothing was ever erased of it
	}
	manifest, _, err := s.bus.Manifest(ctx, page.Key)
	if err != nil {
		return err
	}
	if e := manifest.ErasedPage(); e != nil {
		return fault.New(fault.Gone, "page %s was erased on %s: %s", page.Key, e.Time.Format(time.DateOnly), e.Reason).On("key").
			Fix("have it reinstated (broadsheet reinstate %s) if it is to take bytes again", page.Key)
	}
	if manifest.ErasedBytes(sha) {
		return fault.New(fault.Gone, "these bytes of page %s were erased, with an article of it", page.Key).On("body").
			Fix("upload the page without what was erased")
	}
	return nil
}

// earlier returns the revision that already answers the upload: the one with its
// id, else, unless it is to supersede, the newest one with its bytes.
func earlier(page newspaper.Page, u upload, sha string) (*newspaper.Revision, error) {
	var same *newspaper.Revision
	for i := range page.Revisions {
		r := &page.Revisions[i]
		if r.UploadID == u.id && r.SHA256 != sha {
			return nil, fault.New(fault.Conflict, "upload id %q was used for other bytes of page %s (revision %d)", u.id, u.key, r.Number).
				On("uploadId").Fix("give every upload an id of its own; repeat an id only with the same bytes")
		}
		if r.UploadID == u.id {
			return r, nil
		}
		if r.SHA256 == sha && !u.supersede {
			same = r
		}
	}
	return same, nil
}

func receiptOf(key newspaper.PageKey, r newspaper.Revision, duplicate bool) newspaper.Receipt {
	return newspaper.Receipt{Key: key, Revision: r, Duplicate: duplicate, Follow: "/v1/pages/" + key.String()}
}

// verdict logs and counts what became of an upload.
func (s *Service) verdict(u upload, receipt newspaper.Receipt, err error) {
	log := s.log.With(zap.Stringer("page", u.key), zap.String("via", u.via), zap.String("upload", u.id), zap.String("trace", u.trace))
	if err != nil {
		s.refused(log, u.via, err)
		return
	}
	log = log.With(zap.Int("revision", receipt.Number), zap.Int64("size", receipt.Size), zap.String("sha256", receipt.SHA256))
	if receipt.Duplicate {
		s.metrics.uploads.WithLabelValues(u.via, "duplicate").Inc()
		log.Info("known already")
		return
	}
	s.metrics.uploads.WithLabelValues(u.via, "new").Inc()
	s.metrics.bytes.Add(float64(receipt.Size))
	log.Info("received", zap.String("mediaType", receipt.MediaType))
}

// refused logs and counts an upload that was not taken.
func (s *Service) refused(log *zap.Logger, via string, err error) {
	kind := fault.KindOf(err)
	s.metrics.uploads.WithLabelValues(via, string(kind)).Inc()
	level := zap.WarnLevel
	if kind == fault.Internal {
		level = zap.ErrorLevel
	}
	log.Log(level, "refused", zap.String("kind", string(kind)), zap.String("field", fault.ProblemOf(err).Field), zap.Error(err))
}

var uploadID = regexp.MustCompile(`^[!-~]{1,128}$`)

func checkUploadID(field, id string) error {
	if uploadID.MatchString(id) {
		return nil
	}
	return fault.New(fault.Invalid, "the upload id is not 1 to 128 printable ASCII characters without blanks").On(field).Fix("use a UUID, for example")
}

// newUploadID is the id of an upload whose sender gave none.
func newUploadID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return hex.EncodeToString(b[:])
}

func parseSupersede(field, value string) (bool, error) {
	switch strings.ToLower(value) {
	case "", "false", "0":
		return false, nil
	case "true", "1":
		return true, nil
	}
	return false, fault.New(fault.Invalid, "%s is neither true nor false", field).On(field).Fix("write true or leave it out")
}

// locks keep uploads of one page apart within this process. Two pages may share
// a lock: it only costs time.
type locks struct {
	seed    maphash.Seed
	stripes [64]chan struct{}
}

func newLocks() locks {
	l := locks{seed: maphash.MakeSeed()}
	for i := range l.stripes {
		l.stripes[i] = make(chan struct{}, 1)
	}
	return l
}

func (l *locks) lock(ctx context.Context, key newspaper.PageKey) (unlock func(), err error) {
	stripe := l.stripes[maphash.Comparable(l.seed, key)%uint64(len(l.stripes))]
	select {
	case stripe <- struct{}{}:
		return func() { <-stripe }, nil
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, ctx.Err(), "other uploads of page %s take too long", key).Fix("upload it again in a while")
	}
}
