/// A mapping of the pipeline language: what it is called, and which fields it has. The loader reads by it and refuses
/// what it does not name; the JSON Schema is made from it.
struct FieldGroup: Sendable {
    /// For messages: `a join`, `the sink`.
    let noun: String
    let fields: [Field]
    /// Names of fields of which exactly one must be given; for the schema, as the loader has words of its own for it.
    let alternatives: [String]

    init(_ noun: String, _ fields: [Field], exactlyOneOf alternatives: [String] = []) {
        self.noun = noun
        self.fields = fields
        self.alternatives = alternatives
    }

    func field(_ name: String) -> Field? { fields.first { $0.name == name } }

    /// Every name that a field goes by, in order.
    var names: [String] { fields.flatMap { [$0.name] + $0.aliases } }
}

/// One field of a mapping.
struct Field: Sendable {
    let name: String
    /// Other names for the same.
    let aliases: [String]
    let isRequired: Bool
    let form: FieldForm
    /// How to write it, for the message when it is missing: `path: data/orders.parquet`.
    let example: String
    /// What it means, for people; where it matters with the default.
    let meaning: String

    init(
        _ name: String, _ form: FieldForm, _ meaning: String, aliases: [String] = [], required example: String? = nil
    ) {
        self.name = name
        self.aliases = aliases
        self.form = form
        self.meaning = meaning
        self.example = example ?? ""
        isRequired = example != nil
    }
}

/// What a field may hold.
indirect enum FieldForm: Sendable {
    case text
    /// Never empty: the name of a column, a source or the like.
    case name
    case expression
    case boolean
    case integer(ClosedRange<Int64>)
    /// A number from 0 to 1.
    case fraction
    /// `90s`, `5m`, or a number of seconds.
    case duration
    /// The name of a column type (language reference, section 6).
    case typeName
    /// A value that keeps the type that YAML gives it; `orNull`: or nothing.
    case literal(orNull: Bool)
    case choice([String])
    case list(FieldForm, allowEmpty: Bool)
    case mapping(FieldForm, allowEmpty: Bool)
    case group(FieldGroup)
    /// Groups told apart by the value of one field.
    case variant(FieldVariant)
    case either([FieldForm])
    /// Whatever it is, somebody else reads it.
    case any

    static let columns = FieldForm.list(.name, allowEmpty: false)
}

/// Groups of which one field (`op`, `type`) says which is meant.
struct FieldVariant: Sendable {
    /// `transform`; also the name of the definition in the schema.
    let name: String
    let noun: String
    /// The field that decides.
    let tag: String
    let cases: [(tag: String, group: FieldGroup)]

    /// Of the mapping as long as it is not known which group it is; tolerates all other fields.
    var undecided: FieldGroup {
        FieldGroup(noun, [Field(tag, .choice(cases.map(\.tag)), "", required: "\(tag): \(cases[0].tag)")])
    }

    func group(_ tag: String) -> FieldGroup? { cases.first { $0.tag == tag }?.group }

    var tags: [String] { cases.map(\.tag) }
}
