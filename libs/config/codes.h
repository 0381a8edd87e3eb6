// The codes of the configuration's problems. They are a contract: tools filter on them, and a code never
// changes its meaning. E001 to E003 are those of Keeptrusts' `policy lint`.
#pragma once

namespace portcullis::config::code {

inline constexpr char kUnknownPolicy[] = "E001";       // a policy kind that nobody knows
inline constexpr char kUnknownPolicyKey[] = "E002";    // a key that the policy's block does not have
inline constexpr char kPolicyWithoutBlock[] = "E003";  // a kind in the chain without a block (a warning here)

inline constexpr char kSyntax[] = "E010";        // not YAML, or not the YAML that is accepted
inline constexpr char kDuplicateKey[] = "E011";  // the same key twice in one mapping
inline constexpr char kUnknownKey[] = "E012";
inline constexpr char kWrongType[] = "E013";
inline constexpr char kOutOfRange[] = "E014";    // a number or length outside its bounds
inline constexpr char kNotAllowed[] = "E015";    // a value that is not one of the choices, or is malformed
inline constexpr char kMissing[] = "E016";       // a required key is absent
inline constexpr char kConflict[] = "E017";      // two settings that exclude each other; a duplicate id
inline constexpr char kNotSupported[] = "E018";  // known, but not supported yet
inline constexpr char kTooLarge[] = "E019";      // a limit of the file itself: size, depth, nodes
inline constexpr char kUnreadable[] = "E020";    // the file cannot be opened or read

inline constexpr char kDoesNotRun[] = "W101";     // a block without effect
inline constexpr char kMissingKey[] = "W102";     // a target without its API key
inline constexpr char kLiteralSecret[] = "W103";  // a secret written into the file
inline constexpr char kSuspicious[] = "W104";     // legal, and rarely meant
inline constexpr char kExpired[] = "W105";        // its last day is over

inline constexpr char kNotBuilt[] = "N201";    // accepted, without effect in this version
inline constexpr char kDeprecated[] = "N202";  // an old name of a key
inline constexpr char kAssumed[] = "N203";     // what was assumed where the file says nothing

}  // namespace portcullis::config::code
