// Shapes and shops.
#pragma once
#include <vector>
#include "base.hpp"

using namespace std;
using std::string;

namespace shop {

using Id = unsigned long;
constexpr int kLimit = 10;
enum class Colour : int { Red, Green = 2 };

/// Sells things.
template <typename T, int N = 3>
class Shop final : public Base<T>, private Other {
public:
    explicit Shop(std::string name = "x") : name_(std::move(name)) {}
    virtual ~Shop() = default;
    Shop(const Shop&) = delete;

    /// Sells one.
    virtual int sell(const T& item, int count = 1) const noexcept override;
    bool operator==(const Shop& other) const { return true; }
    template <class U> void each(U&& f) { f(); }
    static constexpr int limit = 3;

    struct Shelf { int depth; };

private:
    std::string name_;
    std::vector<T> items_{}, more_;
};

struct Point { double x = 0, y = 0; };

template <typename T, int N>
int Shop<T, N>::sell(const T& item, int count) const noexcept {
    auto inner = [](int x) { return x; };
    return inner(count);
}

template <typename T> concept Sellable = requires(T t) { t.price(); };
namespace detail { int hidden(); }
}  // namespace shop

extern "C" {
int c_side(int x);
}

int main(int argc, char** argv) { return 0; }

class SHOP_EXPORT Public : public Base {
 public:
  SHOP_API int sell(int a);
};
