package samplesite

import (
	"fmt"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// draft is the body of a write on its way to be checked: what is wrong with its
// members is noted by name, and told all at once.
type draft struct {
	site   *Site
	values map[string]rawjson.Raw
	errors map[string]string
}

// draft takes the body apart, whose members must be among names.
func (c *call) draft(names ...string) (*draft, *reply) {
	values, bad := c.object(names...)
	return &draft{site: c.site, values: values, errors: map[string]string{}}, bad
}

// refusal is the answer to what was noted, nil where nothing was.
func (f *draft) refusal() *reply {
	if len(f.errors) == 0 {
		return nil
	}
	p := fieldErrors(f.errors)
	return &p
}

// wrong notes what is wrong with a member; what is noted first stays.
func (f *draft) wrong(name, format string, args ...any) {
	if f.errors[name] == "" {
		f.errors[name] = fmt.Sprintf(format, args...)
	}
}

// has reports whether a member is given and not null.
func (f *draft) has(name string) bool { return !absent(f.values[name]) }

func absent(v rawjson.Raw) bool { return v == nil || string(v) == "null" }

// text reads a string of at most so many characters; 0 is no limit.
func (f *draft) text(name string, most int) string {
	s, valid := textOf(f.values[name])
	switch {
	case !valid:
		f.wrong(name, "data was not a String")
	case most > 0 && len([]rune(s)) > most:
		f.wrong(name, "The entered text is too long. It exceeds the allowed limit of %d characters.", most)
	}
	return s
}

// choice reads a string that must be one of some.
func (f *draft) choice(name, otherwise string, some ...string) string {
	s := f.text(name, 0)
	if s == "" {
		return otherwise
	}
	if !slices.Contains(some, s) {
		f.wrong(name, "'%s' is not a value that this can have.", s)
	}
	return s
}

func (f *draft) flag(name string, otherwise bool) bool {
	switch string(f.values[name]) {
	case "true":
		return true
	case "false":
		return false
	case "", "null":
		return otherwise
	}
	f.wrong(name, "data was not a boolean")
	return otherwise
}

// record reads the number of an entry of one of the site's lists and returns its id; "" where it is not given.
func (f *draft) record(name, kind string) string {
	if !f.has(name) {
		return ""
	}
	id := string(f.values[name])
	if _, err := strconv.ParseInt(id, 10, 64); err != nil {
		f.wrong(name, "data was not a number")
		return ""
	}
	if _, found := f.site.src.Setup().Find(kind, "", id); !found {
		f.wrong(name, "The %s with the id %s does not exist.", kind, id)
	}
	return id
}

// person reads the account id of somebody who can be given work.
func (f *draft) person(name, as string) (content.Person, bool) {
	id := f.text(name, 0)
	if id == "" {
		return content.Person{}, false
	}
	p, found := f.site.person(id)
	if !found || !p.Active {
		f.wrong(as, "The account '%s' is not one of an active user.", id)
	}
	return p, found
}

// date reads a day as "2006-01-02".
func (f *draft) date(name string) string {
	s := f.text(name, 0)
	if s != "" && !isDate(s) {
		f.wrong(name, "The date '%s' is not in the format yyyy-MM-dd.", s)
	}
	return s
}
