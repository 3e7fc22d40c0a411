package entityeval

import (
	"html/template"
	"io"
)

var page = template.Must(template.New("errors").Funcs(template.FuncMap{"describe": describe, "percent": func(f float64) float64 { return 100 * f }}).Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Entity errors</title>
<style>
body{font:16px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}mark{background:#fde68a}
.missed mark{background:#fecaca}.invented mark{background:#bfdbfe}.boundary mark{background:#fde68a}.type mark{background:#ddd6fe}
</style>
<h1>Entity errors</h1>
<table><tr><th>type<th>precision<th>recall<th>F1<th>right<th>gold<th>found</tr>
{{range .Rows}}<tr><td>{{.Name}}<td class=n>{{printf "%.1f" (percent .C.Precision)}}<td class=n>{{printf "%.1f" (percent .C.Recall)}}<td class=n>{{printf "%.1f" (percent .C.F1)}}<td class=n>{{.C.Right}}<td class=n>{{.C.Gold}}<td class=n>{{.C.Found}}</tr>
{{end}}</table>
<p>Strict: a mention is right when its place and its type are. <i>missed</i>: not found. <i>boundary</i>: found with another beginning or end. <i>type</i>: found as something else. <i>invented</i>: no mention at all.</p>
<table><tr><th>error<th>gold<th>found<th>where</tr>
{{range .Errors}}<tr class="{{.Kind}}"><td>{{.Kind}}<td>{{describe .Gold}}<td>{{describe .Found}}<td>{{.Before}}<mark>{{.Text}}</mark>{{.After}}</tr>
{{end}}</table></html>
`))

type row struct {
	Name string
	C    Counts
}

// HTML writes the figures and all errors as a page for people.
func (r *Report) HTML(w io.Writer) error {
	var rows []row
	for _, t := range Types {
		if c := r.ByType[t]; c.Gold+c.Found > 0 {
			rows = append(rows, row{t, c})
		}
	}
	rows = append(rows, row{"names", r.Overall()})
	return page.Execute(w, struct {
		Rows   []row
		Errors []Error
	}{rows, r.sortedErrors()})
}
