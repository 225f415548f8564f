#include "zerocell/data/hdf5_links.h"

#include <algorithm>
#include <vector>

#include "zerocell/data/structure_check.h"

namespace zerocell::hdf5 {
namespace {

/// The library follows as many.
constexpr int kMaxSoftLinks = 16;

/// One way through the file, step by step.
class Walk {
 public:
  Walk(hid_t group, const Location& where) : group_(group), where_(where) {}

  bool follow(const std::string& path) {
    for (size_t begin = path.starts_with('/') ? 1 : 0; begin < path.size();) {
      const size_t end = std::min(path.find('/', begin), path.size());
      const std::string step = path.substr(begin, end - begin);
      if (!step.empty() && step != "." && !follow_link(path.substr(0, begin), path.substr(0, end)))
        return false;
      begin = end + 1;
    }
    return true;
  }

 private:
  bool follow_link(const std::string& parent, const std::string& link) {
    if (H5Lexists(group_, link.c_str(), H5P_DEFAULT) <= 0) return false;
    H5L_info_t info{};
    check(H5Lget_info(group_, link.c_str(), &info, H5P_DEFAULT), where_, "a link");
    if (info.type == H5L_TYPE_HARD) {
      if (where_.structures) where_.structures->object(info.u.address, where_);
      return true;
    }
    if (info.type != H5L_TYPE_SOFT) {
      throw where_.error(
          "an entry of the file itself", "a link to another file",
          "copy what it leads to into the file, for example by reading and writing it in Python");
    }
    if (++n_soft_links_ > kMaxSoftLinks) {
      throw where_.error("an entry", "links that lead in a circle, or too many in a row",
                         "write the file again without them");
    }
    // The library writes no further than the size that it is given.
    std::vector<char> target(info.u.val_size + 1, '\0');
    check(H5Lget_val(group_, link.c_str(), target.data(), info.u.val_size, H5P_DEFAULT), where_, "a link");
    const std::string to = target.data();
    return follow(to.starts_with('/') ? to : parent + to);
  }

  hid_t group_;
  const Location& where_;
  int n_soft_links_ = 0;
};

}  // namespace

bool can_follow(hid_t group, const std::string& path, const Location& where) {
  return Walk(group, where).follow(path);
}

}  // namespace zerocell::hdf5
