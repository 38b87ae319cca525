package samplesite

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/samplesite/content"
)

// test says whether an issue meets a condition.
type test func(content.Row) bool

// compiler turns a condition into a test. It sees what the account sees.
type compiler struct {
	site *Site
	now  time.Time
}

func (k compiler) compile(c *clause) (test, error) {
	var tests []test
	for _, child := range c.children {
		t, err := k.compile(child)
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	switch c.op {
	case "and":
		return func(r content.Row) bool {
			for _, t := range tests {
				if !t(r) {
					return false
				}
			}
			return true
		}, nil
	case "or":
		return func(r content.Row) bool {
			for _, t := range tests {
				if t(r) {
					return true
				}
			}
			return false
		}, nil
	case "not":
		return func(r content.Row) bool { return !tests[0](r) }, nil
	}
	switch c.field {
	case "project":
		return k.project(c)
	case "key", "issuekey", "issue", "id":
		return k.issue(c)
	case "created", "createddate":
		return k.date(c, func(r content.Row) int64 { return r.Created })
	case "updated", "updateddate":
		return k.date(c, func(r content.Row) int64 { return r.Updated })
	}
	return nil, complaint("Field '%s' does not exist or you do not have permission to view it.", c.field)
}

func badOperator(c *clause) error {
	return complaint("The operator '%s' is not supported by the '%s' field.", c.op, c.field)
}

func (k compiler) project(c *clause) (test, error) {
	want := map[int]bool{}
	for _, v := range c.values {
		i, found := k.site.world.project(v)
		if !found {
			i, found = k.site.world.project(strings.ToUpper(v))
		}
		if !found {
			return nil, complaint("The value '%s' does not exist for the field 'project'.", v)
		}
		want[i] = true
	}
	switch c.op {
	case "=", "in":
		return func(r content.Row) bool { return want[r.Project] }, nil
	case "!=", "not in":
		return func(r content.Row) bool { return !want[r.Project] }, nil
	}
	return nil, badOperator(c)
}

func (k compiler) issue(c *clause) (test, error) {
	switch c.op {
	case "=", "in", "!=", "not in":
		want := map[int64]bool{}
		for _, v := range c.values {
			row, found := k.site.world.find(v)
			if !found {
				return nil, missingIssue(c.field, v)
			}
			want[row.ID] = true
		}
		negated := c.op == "!=" || c.op == "not in"
		return func(r content.Row) bool { return want[r.ID] != negated }, nil
	}
	v := c.values[0]
	if id, err := strconv.ParseInt(v, 10, 64); err == nil {
		return func(r content.Row) bool { return holds(c.op, cmp.Compare(r.ID, id)) }, nil
	}
	// Keys are comparable within a project only.
	project, number, found := strings.Cut(v, "-")
	n, err := strconv.Atoi(number)
	if !found || err != nil {
		return nil, missingIssue(c.field, v)
	}
	i, found := k.site.world.project(strings.ToUpper(project))
	if !found {
		return nil, missingIssue(c.field, v)
	}
	return func(r content.Row) bool { return r.Project == i && holds(c.op, cmp.Compare(r.Number, n)) }, nil
}

func missingIssue(field, v string) error {
	if _, err := strconv.ParseInt(v, 10, 64); err == nil {
		return complaint("A value with ID '%s' does not exist for the field '%s'.", v, field)
	}
	return complaint("An issue with key '%s' does not exist for field '%s'.", v, field)
}

func holds(op string, order int) bool {
	switch op {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "<":
		return order < 0
	default:
		return order <= 0
	}
}

func (k compiler) date(c *clause, of func(content.Row) int64) (test, error) {
	if c.op == "in" || c.op == "not in" {
		return nil, badOperator(c)
	}
	at, err := k.instant(c.field, c.values[0])
	if err != nil {
		return nil, err
	}
	return func(r content.Row) bool { return holds(c.op, cmp.Compare(of(r), at)) }, nil
}

// instant reads a date operand as Unix ms: epoch milliseconds, a date or a minute in the
// account's time zone, or a period before now. Seconds cannot be given.
func (k compiler) instant(field, v string) (int64, error) {
	if ms, err := strconv.ParseInt(v, 10, 64); err == nil && ms >= 0 {
		return ms, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006/01/02 15:04", "2006-01-02", "2006/01/02"} {
		if t, err := time.ParseInLocation(layout, v, k.site.zone); err == nil {
			return t.UnixMilli(), nil
		}
	}
	if len(v) > 1 {
		unit := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[v[len(v)-1]]
		if n, err := strconv.Atoi(v[:len(v)-1]); err == nil && unit > 0 {
			return k.now.Add(time.Duration(n) * unit).UnixMilli(), nil
		}
	}
	return 0, complaint("Date value '%s' for field '%s' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", v, field)
}

// maxOrderings is how many fields ORDER BY may name.
const maxOrderings = 7

// sorter compares issues by an order; ties, and queries without an order, go by newest first.
func sorter(order []ordering) (func(a, b content.Row) int, error) {
	if len(order) > maxOrderings {
		return nil, complaint("The maximum number of ORDER BY fields is %d.", maxOrderings)
	}
	var by []func(a, b content.Row) int
	for _, o := range order {
		var one func(a, b content.Row) int
		switch o.field {
		case "id":
			one = func(a, b content.Row) int { return cmp.Compare(a.ID, b.ID) }
		case "key", "issuekey", "issue":
			one = func(a, b content.Row) int {
				if a.Project != b.Project {
					return strings.Compare(a.Key, b.Key)
				}
				return cmp.Compare(a.Number, b.Number)
			}
		case "created", "createddate":
			one = func(a, b content.Row) int { return cmp.Compare(a.Created, b.Created) }
		case "updated", "updateddate":
			one = func(a, b content.Row) int { return cmp.Compare(a.Updated, b.Updated) }
		case "project":
			one = func(a, b content.Row) int { return cmp.Compare(a.Project, b.Project) }
		default:
			return nil, complaint("Field '%s' does not exist or you do not have permission to view it.", o.field)
		}
		if o.desc {
			up := one
			one = func(a, b content.Row) int { return up(b, a) }
		}
		by = append(by, one)
	}
	by = append(by, func(a, b content.Row) int { return cmp.Compare(b.ID, a.ID) })
	return func(a, b content.Row) int {
		for _, f := range by {
			if n := f(a, b); n != 0 {
				return n
			}
		}
		return 0
	}, nil
}
