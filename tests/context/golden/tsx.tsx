import React from "react";

interface Props { title: string; onClose?: () => void }

/** A card. */
export const Card: React.FC<Props> = ({ title, onClose }) => <div onClick={onClose}>{title}</div>;
export default function App({ children }: { children: React.ReactNode }): JSX.Element {
  return <Card title="a">{children}</Card>;
}
