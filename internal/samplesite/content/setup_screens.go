package content

import "holdfast/internal/samplesite/rawjson"

// screenLists is screens with tabs and fields, and the schemes that put them to issue types.
func (b *builder) screenLists() {
	total := 1 + b.config.Screens
	fields := make([]raw, len(b.fields)) // as tabs show them
	for i, f := range b.fields {
		fields[i] = rawjson.Object("id", b.fieldIDs[i], "name", member(f, "name"))
	}
	b.open("screenTab", "1")
	for i := range total {
		id, name := number(1+i), "Default Screen"
		if i > 0 {
			name = b.name("Screen", i)
		}
		b.add("screen", "", id, rawjson.Object("id", 1+i, "name", name, "description", b.note("screen", i)))
		b.open("screenTab", id)
		for k := range 1 + i%3 {
			tab := number(10000 + i*10 + k)
			b.add("screenTab", id, tab, rawjson.Object("id", 10000+i*10+k, "name", b.name("Tab", k)))
			b.open("screenTabField", id+"/"+tab)
			for f := range min(len(b.fields), 3+(i+k)%9) {
				at := (i*7 + k*3 + f) % len(fields)
				b.add("screenTabField", id+"/"+tab, b.fieldIDs[at], fields[at])
			}
		}
	}
	for i := range total {
		id, name := 1+i, "Default Screen Scheme"
		if i > 0 {
			name = b.name("Screen scheme", i)
		}
		screens := []any{"default", 1 + i}
		if i%2 == 1 {
			screens = append(screens, "create", 1, "view", 1, "edit", 1+i)
		}
		b.add("screenScheme", "", number(id), rawjson.Object("id", id, "name", name, "description", b.note("screen scheme", i), "screens", rawjson.Object(screens...),
			"issueTypeScreenSchemes", rawjson.Object("maxResults", 50, "startAt", 0, "total", 1, "isLast", true, "values", []raw{b.typeScreens(i)})))
	}
	for i := range total {
		id := number(1 + i)
		b.add("issueTypeScreenScheme", "", id, b.typeScreens(i))
		maps := func(kind string, screens int) {
			b.add("issueTypeScreenSchemeMapping", "", id+"/"+kind, rawjson.Object("issueTypeScreenSchemeId", id, "issueTypeId", kind, "screenSchemeId", number(screens)))
		}
		maps("default", 1+i)
		for k, t := range b.typeIDs[:min(len(b.typeIDs), i%4)] {
			maps(t, 1+(i+k)%total)
		}
	}
}

func (b *builder) typeScreens(i int) raw {
	name := "Default Issue Type Screen Scheme"
	if i > 0 {
		name = b.name("Issue type screen scheme", i)
	}
	return rawjson.Object("id", number(1+i), "name", name, "description", b.note("issue type screen scheme", i))
}

// fieldSchemeLists is field configuration schemes and their fields.
func (b *builder) fieldSchemeLists() {
	for i := range 1 + b.config.FieldSchemes {
		id, name := number(10000+i), "Default Field Configuration Scheme"
		count := len(b.fields)
		if i > 0 {
			name, count = b.name("Field scheme", i), min(len(b.fields), 2+i%9)
		}
		b.add("fieldScheme", "", id, rawjson.Object("id", 10000+i, "name", name, "description", b.note("field scheme", i), "isDefault", i == 0, "fieldsCount", count,
			"links", rawjson.Object("associations", "rest/api/3/config/fieldschemes/"+id+"/fields", "projects", "rest/api/3/config/fieldschemes/"+id+"/projects")))
		b.open("fieldSchemeField", id)
		for k := range count {
			field := b.fieldIDs[k]
			pairs := []any{"fieldId", field, "allowedOperations", list("REMOVE|CHANGE_REQUIRED|CHANGE_DESCRIPTION"), "parameters",
				rawjson.Object("description", b.note("field of scheme", k), "isRequired", k%4 == 0, "rendererType", "atlassian-wiki-renderer")}
			if k%5 == 1 {
				kind := b.typeIDs[0]
				pairs = append(pairs, "restrictedToWorkTypes", []string{kind}, "workTypeParameters", []raw{
					rawjson.Object("workTypeId", kind, "description", "<b>", "isRequired", true, "rendererType", "jira-text-renderer")})
			}
			b.add("fieldSchemeField", id, field, rawjson.Object(pairs...))
		}
	}
}
