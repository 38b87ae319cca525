package content

import (
	"fmt"

	"holdfast/internal/samplesite/rawjson"
)

var givenNames = []string{"Ada", "Björn", "Chidi", "Dörte", "Emre", "Fatima", "Grace", "Håkon", "Ingrid", "João", "Keiko", "Łukasz", "Mei", "Nadia", "Olu", "Priya", "Quentin", "Rosa", "Søren", "Tomoko", "Uwe", "Valentina", "Wei", "Ximena", "Yusuf", "Zoë"}

var familyNames = []string{"Andersson", "Brückner", "Castillo", "Dąbrowski", "Eze", "Fischer", "García", "Haddad", "Ivanova", "Jansen", "Kowalski", "Lindqvist", "Müller", "Nakamura", "Okafor", "Petrov", "Quispe", "Rossi", "Schäfer", "Tanaka", "Usman", "Vasquez", "Weiß", "Xu", "Yılmaz", "Zhang"}

var wholeNames = []string{"山田 太郎", "王 小明", "محمد العربي", "יעל כהן", "Анна Смирнова", "प्रिया शर्मा", "김민수", "Builder 🤖"}

// makePeople makes n accounts; every ninth is inactive. The first is the
// administrator whose credentials the site accepts.
func makePeople(seed uint64, n int) []Person {
	out := make([]Person, 0, n)
	for i := range n {
		r := newRNG(seed, 3, uint64(i))
		name := pick(r, givenNames) + " " + pick(r, familyNames)
		if i%5 == 4 {
			name = wholeNames[(i/5)%len(wholeNames)]
		}
		if i == 0 {
			name = "Site Admin"
		}
		p := Person{
			AccountID: fmt.Sprintf("%06d:%08x-%04x-4%03x-8%03x-%012x", 557058+i%3, uint32(r.next()), uint16(r.next()), r.next()&0xfff, r.next()&0xfff, r.next()&0xffffffffffff),
			Name:      name,
			Active:    i%9 != 8,
		}
		if i%2 == 1 {
			p.AccountID = fmt.Sprintf("5%07x%016x", r.next()&0xfffffff, r.next())
		}
		p.Body = personBody(p)
		out = append(out, p)
	}
	return out
}

func personBody(p Person) rawjson.Raw {
	return rawjson.Object(
		"self", Base+"/rest/api/3/user?accountId="+p.AccountID,
		"accountId", p.AccountID,
		"avatarUrls", avatars("https://avatar-management.example.net/"+p.AccountID+"?d=initials&s="),
		"displayName", p.Name,
		"active", p.Active,
		"timeZone", "Europe/Berlin",
		"accountType", "atlassian",
	)
}

func avatars(base string) rawjson.Raw {
	return rawjson.Object("48x48", base+"48", "24x24", base+"24", "16x16", base+"16", "32x32", base+"32")
}
