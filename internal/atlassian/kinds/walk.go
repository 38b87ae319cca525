package kinds

import (
	"context"
	"slices"
	"sync"
	"time"

	"holdfast/internal/atlassian"
)

// Walk is one walk over the kinds of the site, of one project or space, or of
// some items: each record is followed by what belongs to it, kind by kind. Lists
// are read ahead by goroutines; everything is decided and emitted by one, in the
// order of the table and of the site's lists. It is not safe for concurrent use.
type Walk struct {
	// Off, where set, says of a kind that the site has switched it off: it is not
	// asked for. It is called by the goroutine of the Walk.
	Off func(Row) bool
	// Absent, where set, hears of each list of content that is absent (404): what
	// it belongs to may have gone away meanwhile. handled means that there is no
	// more to say; otherwise it is a problem of the list.
	Absent func(ctx context.Context, row Row, of Owner) (handled bool, err error)

	// Only, where set, says which records that belong to nothing are emitted, with what belongs to them.
	Only func(atlassian.Entry) bool

	reader    *Reader
	container atlassian.Container // the zero value is the site
	emit      func(atlassian.Item) error
	problems  []atlassian.Problem
	// ended holds the kinds that are not asked for any more: the account may not.
	ended map[string]bool
	// once holds the ids of kinds that several owners list.
	once map[string]*IDSet
	// stopped is what ends the whole walk.
	stopped error
}

// Walk returns a walk over what belongs to a container, or over the site where
// that is the zero value.
func (r *Reader) Walk(c atlassian.Container, emit func(atlassian.Item) error) *Walk {
	return &Walk{reader: r, container: c, emit: emit, ended: make(map[string]bool), once: make(map[string]*IDSet)}
}

// Problems are what is wrong with the lists that were read so far, and what to
// know about them.
func (w *Walk) Problems() []atlassian.Problem { return w.problems }

// wanted reports whether a kind is to be read at all.
func (w *Walk) wanted(row Row) bool {
	return w.reader.Table.Wanted(row) && !row.Apart && !w.ended[row.Name] && (w.Off == nil || !w.Off(row))
}

// Site reads the kinds of the site that belong to nothing.
func (w *Walk) Site(ctx context.Context) error {
	for _, row := range w.reader.Table.Rows() {
		if row.Scope != atlassian.ScopeSite || row.Parent != "" {
			continue
		}
		if err := w.Root(ctx, row, Owner{}); err != nil {
			return err
		}
	}
	return nil
}

// Container reads the walk's container, by its row, and what belongs to it.
// readable is false where the container itself is absent or not for the account.
func (w *Walk) Container(ctx context.Context, row Row) (readable bool, err error) {
	of := Owner{ID: w.container.ID, Key: w.container.Key}
	out, err := w.reader.Pages(ctx, row, of, func(p Page) error { return w.stop(w.Page(ctx, row, Owner{}, p)) })
	if Lost(err) && w.stopped == nil {
		if w.reader.doubts(row, atlassian.ClassOf(err)) {
			if _, err := w.reader.Source.Identity(ctx); err != nil {
				return false, err
			}
		}
		return false, nil
	}
	return true, w.settle(ctx, row, of, out, err)
}

// Root reads the records of a kind that belong to nothing but of.
func (w *Walk) Root(ctx context.Context, row Row, of Owner) error {
	if !w.wanted(row) {
		return nil
	}
	out, err := w.reader.Pages(ctx, row, of, func(p Page) error { return w.stop(w.Page(ctx, row, of, p)) })
	return w.settle(ctx, row, of, out, err)
}

// stop remembers an error that ends the walk, so that it is not taken for one of
// the list that was being read.
func (w *Walk) stop(err error) error {
	if err != nil && w.stopped == nil {
		w.stopped = err
	}
	return err
}

// lists is how many lists below the records of a page are read at a time, at
// each depth.
const lists = 8

// branch is a list below a record, read ahead.
type branch struct {
	row   Row
	entry int // index of the record in its page
	of    Owner
	pages chan Page // closed at the end of the list
	out   Outcome
	err   error
}

// Page emits the records of a page of an owner's list, each followed by what
// belongs to it.
func (w *Walk) Page(ctx context.Context, row Row, of Owner, p Page) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	p.Entries = w.fresh(row, of, p.Entries)
	if w.Only != nil && row.Parent == "" {
		p.Entries = slices.DeleteFunc(p.Entries, func(e atlassian.Entry) bool { return !w.Only(e) })
	}
	branches := w.branches(row, of, p)
	begun, done := 0, 0
	begin := func() {
		for ; begun < min(done+lists, len(branches)); begun++ {
			b := branches[begun]
			if w.ended[b.row.Name] {
				close(b.pages)
				continue
			}
			wg.Go(func() { b.read(ctx, w.reader) })
		}
	}
	for i, e := range p.Entries {
		begin()
		if err := w.emit(item(row, of, e, p.At)); err != nil {
			return w.stop(err)
		}
		for ; done < len(branches) && branches[done].entry == i; done++ {
			begin()
			if err := w.branch(ctx, branches[done]); err != nil {
				return err
			}
		}
	}
	return nil
}

// branches are the lists below the records of a page.
func (w *Walk) branches(row Row, of Owner, p Page) []*branch {
	var all []*branch
	for i, e := range p.Entries {
		for _, child := range w.reader.Table.Children(row.Name) {
			if below := of.Below(e, p.At); w.wanted(child) && child.Where.holds(below) && child.Asked(below.Body) {
				all = append(all, &branch{row: child, entry: i, of: below, pages: make(chan Page)})
			}
		}
	}
	return all
}

// fresh leaves out the records of a kind that is recorded once where an earlier
// owner had them, and a record that is listed below itself: that would not end.
func (w *Walk) fresh(row Row, of Owner, entries []atlassian.Entry) []atlassian.Entry {
	if row.Recursive {
		n := len(entries)
		entries = slices.DeleteFunc(entries, func(e atlassian.Entry) bool { return of.within(e.ID) })
		if len(entries) < n {
			w.lost(row, of, atlassian.Problem{Reason: "the site lists a record below itself"})
		}
	}
	if !row.Once {
		return entries
	}
	if w.once[row.Name] == nil {
		w.once[row.Name] = &IDSet{}
	}
	return slices.DeleteFunc(entries, func(e atlassian.Entry) bool {
		fresh, err := w.once[row.Name].Add(e.ID)
		return err == nil && !fresh
	})
}

// branch emits a list that is read ahead.
func (w *Walk) branch(ctx context.Context, b *branch) error {
	for p := range b.pages {
		if err := w.Page(ctx, b.row, b.of, p); err != nil {
			return w.stop(err)
		}
	}
	return w.settle(ctx, b.row, b.of, b.out, b.err)
}

// read reads a list until it ends or ctx does.
func (b *branch) read(ctx context.Context, r *Reader) {
	defer close(b.pages)
	b.out, b.err = r.Pages(ctx, b.row, b.of, func(p Page) error {
		select {
		case b.pages <- p:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// item is the record of an entry.
func item(row Row, of Owner, e atlassian.Entry, at time.Time) atlassian.Item {
	i := atlassian.Item{Kind: row.Name, ID: e.ID, Key: key(e), Parent: of.ID, FetchedAt: at, Body: e.Body}
	if row.Attach != nil {
		i.Attachment = row.Attach(e, of)
	}
	return i
}

// settle enters what is wrong with a list. Only what concerns more than the list
// is an error.
func (w *Walk) settle(ctx context.Context, row Row, of Owner, out Outcome, err error) error {
	if w.stopped != nil {
		return w.stopped
	}
	if out.Note != "" {
		w.problems = append(w.problems, NoteOf(row, out.Note))
	}
	if out.Reason != "" {
		w.lost(row, of, atlassian.Problem{Reason: out.Reason})
	}
	if err == nil || row.None != 0 && atlassian.StatusOf(err) == row.None {
		return nil
	}
	if w.Absent != nil && row.Content && atlassian.ClassOf(err) == atlassian.ClassNotFound {
		if handled, err := w.Absent(ctx, row, of); handled || err != nil {
			return w.stop(err)
		}
	}
	p, err := w.reader.Refusal(ctx, row, err)
	if err != nil {
		return w.stop(err)
	}
	switch {
	case p.Denied && w.ended[row.Name]: // one of those that were under way
	default:
		w.lost(row, of, p)
	}
	if p.Denied && row.Global {
		w.ended[row.Name] = true
	}
	return nil
}

// lost enters a problem of a kind's list.
func (w *Walk) lost(row Row, of Owner, p atlassian.Problem) {
	p.Kind, p.ID, p.Container = row.Name, of.ID, w.container.Key
	if p.ID == "" {
		p.ID = row.Name
	}
	w.problems = append(w.problems, p)
}
