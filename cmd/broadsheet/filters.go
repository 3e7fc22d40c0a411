package main

import "net/url"

// filterFlags choose articles as the search does.
type filterFlags struct {
	Publication  []string `placeholder:"SLUG" sep:"none" help:"Only of this publication. This and the following may be given several times."`
	Edition      []string `placeholder:"SLUG" sep:"none" help:"Only of this edition."`
	Page         []string `placeholder:"PAGE" sep:"none" help:"Only of this page."`
	Person       []string `placeholder:"NAME" sep:"none" help:"Only with this person."`
	Organisation []string `placeholder:"NAME" sep:"none" help:"Only with this organisation."`
	Place        []string `placeholder:"NAME" sep:"none" help:"Only with this place."`
	Title        []string `placeholder:"TITLE" sep:"none" help:"Only with somebody of this title."`
	Byline       []string `placeholder:"NAME" sep:"none" help:"Only by this reporter or photographer."`
	Agency       []string `placeholder:"NAME" sep:"none" help:"Only from this agency."`
	Type         []string `placeholder:"TYPE" sep:"none" help:"Only text or picture."`
	Month        []string `placeholder:"MONTH" sep:"none" help:"Only of this month, YYYY-MM."`
	Collapse     string   `placeholder:"WHAT" help:"reprints: of the prints of one agency copy only the first."`
	From         string   `placeholder:"DAY" help:"Only from this day on, YYYY-MM-DD."`
	To           string   `placeholder:"DAY" help:"Only up to this day."`
}

// query is the parameters of GET /v1/articles.
func (f filterFlags) query() url.Values {
	q := url.Values{}
	for name, values := range map[string][]string{
		"publication": f.Publication, "edition": f.Edition, "page": f.Page, "person": f.Person, "organisation": f.Organisation,
		"place": f.Place, "byline": f.Byline, "agency": f.Agency, "type": f.Type, "title": f.Title, "month": f.Month,
	} {
		if len(values) > 0 {
			q[name] = values
		}
	}
	for name, value := range map[string]string{"from": f.From, "to": f.To, "collapse": f.Collapse} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}
