// Validation of a JSON body against tables of fields, with errors in pydantic's form (type, loc, msg, input,
// ctx).
//
// A Checker keeps the path to the value at hand and the list of issues, at most kMaxIssues. A model is a
// table of Fields; each has a function that checks the value. One Checker serves one body, on one thread. The
// document must outlive the check; the issues are copies.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace portcullis::sim {

class Checker {
 public:
  static constexpr size_t kMaxIssues = 100;
  using Step = std::variant<std::string_view, size_t>;

  // Adds a step to the path while it lives.
  class Scope {
   public:
    Scope(Checker& checker, Step step) : checker_(checker) { checker_.path_.push_back(step); }
    ~Scope() { checker_.path_.pop_back(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Checker& checker_;
  };

  void Fail(std::string_view type, std::string_view message, const boost::json::value& input,
            boost::json::object context = {});

  // Each reports an issue at the current path when the value does not fit, and says whether it fitted.
  bool String(const boost::json::value& value);
  bool Boolean(const boost::json::value& value);
  bool Object(const boost::json::value& value);
  bool List(const boost::json::value& value, size_t min_size = 0);
  bool Integer(const boost::json::value& value, double min = std::numeric_limits<double>::lowest(),
               double max = std::numeric_limits<double>::max());
  bool Number(const boost::json::value& value, double min, double max);
  bool OneOf(const boost::json::value& value, std::initializer_list<std::string_view> allowed);

  bool ok() const { return issues_.empty(); }
  const boost::json::array& issues() const { return issues_; }

 private:
  bool InRange(const boost::json::value& value, double number, double min, double max);

  std::vector<Step> path_;
  boost::json::array issues_;
};

using Check = void (*)(Checker&, const boost::json::value&);

struct Field {
  std::string_view name;
  Check check;
  bool required = false;
  bool nullable = false;
};

enum class Extra : uint8_t { kForbid, kAllow };

// Checks an object against its table.
void CheckModel(Checker& checker, const boost::json::value& value, std::span<const Field> fields,
                Extra extra = Extra::kForbid);

// Checks each element of a list.
void CheckEach(Checker& checker, const boost::json::value& value, Check check);

}  // namespace portcullis::sim
