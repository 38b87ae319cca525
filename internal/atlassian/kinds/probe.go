package kinds

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast/internal/atlassian"
)

// The coverages of a report, as atlassian.KindAccess has them.
const (
	Captured    = "captured"
	Partly      = "partly"
	NotExposed  = "not exposed by the API"
	NotCaptured = "not captured"
	NoAccess    = "no permission"
	SwitchedOff = "switched off"
)

// ErrEnough ends a list of which the first page is enough.
var ErrEnough = errors.New("the first page is enough")

// Enough is err, but nil where that is ErrEnough.
func Enough(err error) error {
	if errors.Is(err, ErrEnough) {
		return nil
	}
	return err
}

// Probe asks what the account may read of each kind: of the site, of the first
// container that can be read, and of one item in it.
type Probe struct {
	*Reader
	// Off says of a kind that the site has switched it off; nil means of none.
	Off func(Row) bool
	// Yield is told of each kind.
	Yield func(atlassian.KindAccess) error
	// Containers yields the containers of the site, and Readable reports whether
	// the account may read one of them.
	Containers func(ctx context.Context, yield func([]atlassian.Container) error) error
	Readable   func(ctx context.Context, c atlassian.Container) (bool, error)
	// Items asks for one item of a container that can be read, and what belongs to it.
	Items func(ctx context.Context, c atlassian.Container) error
}

// Run asks for all kinds of the table.
func (p *Probe) Run(ctx context.Context) error {
	for _, row := range p.Table.Rows() {
		if row.Scope == atlassian.ScopeSite && row.Parent == "" && row.State == "" {
			if err := p.Kind(ctx, row, Owner{}); err != nil {
				return err
			}
		}
	}
	for _, row := range p.Table.Rows() {
		if row.container() && row.State == "" {
			if err := p.container(ctx, row); err != nil {
				return err
			}
		}
	}
	for _, row := range p.Table.Rows() {
		if row.State != "" {
			if err := p.Yield(Access(row, row.State, row.Note)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Access is what an account may read of a kind.
func Access(row Row, state, note string) atlassian.KindAccess {
	return atlassian.KindAccess{
		Kind: row.Name, Title: row.Title, Content: row.Content, State: state,
		Permission: row.Permission, Scope: row.TokenScope, Note: note,
	}
}

// Kind asks for the first page of a kind, then for the kinds below one of its records.
func (p *Probe) Kind(ctx context.Context, row Row, of Owner) error {
	access, first, err := p.ask(ctx, row, of)
	if err != nil {
		return err
	}
	if err := p.Yield(access); err != nil {
		return err
	}
	if row.container() {
		of = Owner{}
	}
	if access.State != Captured && access.State != Partly {
		return p.lost(row, access)
	}
	return p.Below(ctx, row, of, first)
}

// Below asks for the kinds below a record: for each, the first of the page that
// may have any. A kind that is recursive is asked for once.
func (p *Probe) Below(ctx context.Context, row Row, of Owner, page Page) error {
	for _, child := range p.Table.Children(row.Name) {
		if child.Name == row.Name {
			continue
		}
		i := slices.IndexFunc(page.Entries, func(e atlassian.Entry) bool { return child.Where.holds(of.Below(e, page.At)) })
		if i < 0 {
			continue
		}
		if err := p.Kind(ctx, child, of.Below(page.Entries[i], page.At)); err != nil {
			return err
		}
	}
	return nil
}

// Lost yields a kind whose owners cannot be read.
func (p *Probe) Lost(row Row, above atlassian.KindAccess) (atlassian.KindAccess, error) {
	access := Access(row, above.State, fmt.Sprintf("there are no %s to read them from", above.Title))
	return access, p.Yield(access)
}

// lost yields the kinds below one that cannot be read.
func (p *Probe) lost(row Row, above atlassian.KindAccess) error {
	for _, child := range p.Table.Children(row.Name) {
		if child.Name == row.Name {
			continue
		}
		access, err := p.Lost(child, above)
		if err != nil {
			return err
		}
		if err := p.lost(child, access); err != nil {
			return err
		}
	}
	return nil
}

// Switched is what is known of a kind that is not asked for: it was left out, or the
// site has switched it off.
func (p *Probe) Switched(row Row) (atlassian.KindAccess, bool) {
	switch {
	case !p.Table.Wanted(row):
		return Access(row, SwitchedOff, ""), true
	case p.Off != nil && p.Off(row):
		return Access(row, NotExposed, row.SettingNote), true
	}
	return atlassian.KindAccess{}, false
}

// ask asks for the first page of a kind.
func (p *Probe) ask(ctx context.Context, row Row, of Owner) (atlassian.KindAccess, Page, error) {
	var first Page
	if access, ok := p.Switched(row); ok {
		return access, first, nil
	}
	access := Access(row, Captured, row.Note)
	if row.Apart {
		return access, first, nil
	}
	out, err := p.Pages(ctx, row, of, func(page Page) error {
		first = page
		return ErrEnough
	})
	if err = Enough(err); row.None != 0 && atlassian.StatusOf(err) == row.None {
		err = nil
	}
	if out.Note != "" {
		access.Note = out.Note
	}
	if out.Reason != "" {
		access.State, access.Note = Partly, out.Reason
	}
	err = p.Judge(ctx, row, err, &access)
	return access, first, err
}

// Judge enters what a refusal means for a kind. What concerns the whole site is
// returned; of a kind that is content no more than of any other.
func (p *Probe) Judge(ctx context.Context, row Row, err error, access *atlassian.KindAccess) error {
	if err == nil {
		return nil
	}
	row.Content = false
	problem, err := p.Refusal(ctx, row, err)
	if err != nil {
		return err
	}
	access.State, access.Note = Partly, problem.Reason
	switch {
	case problem.Denied:
		access.State = NoAccess
	case problem.Absent:
		access.State = NotExposed
	}
	return nil
}

// container asks for the kinds of the first container that can be read.
func (p *Probe) container(ctx context.Context, row Row) error {
	var first []atlassian.Container
	err := Enough(p.Containers(ctx, func(page []atlassian.Container) error {
		first = page
		return ErrEnough
	}))
	access := Access(row, Captured, "")
	if err := p.Judge(ctx, row, err, &access); err != nil {
		return err
	}
	for _, c := range first {
		readable, err := p.Readable(ctx, c)
		if err := p.Judge(ctx, row, err, &access); err != nil {
			return err
		}
		if !readable {
			access.State = NoAccess
			continue
		}
		if err := p.Kind(ctx, row, Owner{ID: c.ID, Key: c.Key}); err != nil {
			return err
		}
		return p.Items(ctx, c)
	}
	if len(first) == 0 && access.State == Captured {
		access.Note = "the account sees no " + row.Name
	}
	if err := p.Yield(access); err != nil {
		return err
	}
	if access.State == Captured {
		return nil
	}
	if err := p.lost(row, access); err != nil {
		return err
	}
	return p.EachItemKind(func(k Row) error {
		_, err := p.Lost(k, access)
		return err
	})
}

// EachItemKind calls f for each kind of items and what belongs to them.
func (p *Probe) EachItemKind(f func(Row) error) error {
	for _, row := range p.Table.Rows() {
		if row.Scope == atlassian.ScopeItem && row.State == "" {
			if err := f(row); err != nil {
				return err
			}
		}
	}
	return nil
}
